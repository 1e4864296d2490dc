export { ConfigurationError, configurationVariables, loadConfiguration } from './configuration.ts';
export {
  AmountsByCurrency,
  HttpUrl,
  Lines,
  Name,
  Names,
  Origins,
  Port,
  ReverseDnsName,
  Secrets,
  ServiceConfig,
  TimeZone,
  WholeNumber,
} from './configuration-fields.ts';

// HEALTHCHECK of the images: whether the service on the port of this variable (or else this port) is ready.
const [variable, port] = process.argv.slice(2);

try {
  const url = `http://127.0.0.1:${process.env[variable] || port}/health/ready`;
  const { ok } = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  process.exit(ok ? 0 : 1);
} catch {
  process.exit(1);
}

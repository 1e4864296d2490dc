import { CfnOutput, Duration, Stack } from 'aws-cdk-lib/core';
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { reportNamesOf, type Reports, type StageStackProps } from '../config.ts';
import type { DataStack } from '../data/data-stack.ts';
import { acknowledge } from '../nag.ts';
import { removalPolicyOf } from '../retention.ts';
import type { ServicesStack } from '../services/services-stack.ts';
import { EXPORTS } from './export-steps.ts';
import { OrdersExport } from './orders-export.ts';

const RESULTS = 'results/';

const GIGABYTE = 1_000_000_000;

export interface ReportsStackProps extends StageStackProps {
  readonly data: DataStack;
  readonly services: ServicesStack;
  readonly reports: Reports;
}

/** Reports over all orders. No other stack needs this one, so it can be added and removed at any time. */
export class ReportsStack extends Stack {
  constructor(scope: Construct, id: string, { config, data, services, reports, ...props }: ReportsStackProps) {
    super(scope, id, props);
    const bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      removalPolicy: removalPolicyOf(config),
      lifecycleRules: [
        // A full export is made every 30 days. Reports need the last one until the next one is finished.
        { prefix: EXPORTS, expiration: Duration.days(40) },
        { prefix: RESULTS, expiration: Duration.days(7) },
        { abortIncompleteMultipartUploadAfter: Duration.days(2) },
      ],
    });
    acknowledge(bucket, 'S1', 'Athena keeps who ran which report; only exports and reports use the bucket');
    new CfnOutput(this, 'BucketName', { value: bucket.bucketName });
    const ordersExport = new OrdersExport(this, 'OrdersExport', { config, table: data.ordersTable, bucket });
    services.alerts.notifyAbout([ordersExport.alarm]);

    const { workgroup, database } = reportNamesOf(config);
    const glueDatabase = new CfnDatabase(this, 'Database', {
      catalogId: this.account,
      databaseInput: { name: database },
    });
    new CfnTable(this, 'OrderExport', {
      catalogId: this.account,
      databaseName: database,
      tableInput: {
        name: 'order_export',
        tableType: 'EXTERNAL_TABLE',
        storageDescriptor: {
          location: bucket.s3UrlForObject(EXPORTS),
          // One column has the whole line: no JSON contains the delimiter, a control character. Reports take the orders out of it,
          // and ignore the lines of the manifests beside the exported files.
          columns: [{ name: 'line', type: 'string' }],
          inputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
          outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
          serdeInfo: {
            serializationLibrary: 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe',
            parameters: { 'field.delim': '\u0001' },
          },
        },
      },
    }).addResourceDependency(glueDatabase);
    new CfnWorkGroup(this, 'Workgroup', {
      name: workgroup,
      // Deletes the workgroup with the history of its reports.
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        // A report cannot choose another place for its result, or another limit.
        enforceWorkGroupConfiguration: true,
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        bytesScannedCutoffPerQuery: reports.scanLimitGb * GIGABYTE,
        resultConfiguration: {
          outputLocation: bucket.s3UrlForObject(RESULTS),
          encryptionConfiguration: { encryptionOption: 'SSE_S3' },
        },
      },
    });
  }
}

import { commandTarget, readConfig } from './config.ts'

export const prefix = () => readConfig('RESOURCE_PREFIX').RESOURCE_PREFIX
export const rawBucket = () => readConfig('RAW_BUCKET_NAME').RAW_BUCKET_NAME
export const lakeBucket = () => readConfig('LAKE_BUCKET_NAME').LAKE_BUCKET_NAME
export const database = () => readConfig('GLUE_DATABASE_NAME').GLUE_DATABASE_NAME
export const contractsUri = () => readConfig('CONTRACTS_URI').CONTRACTS_URI
export const ingestStateMachineArn = () => readConfig('INGEST_STATE_MACHINE_ARN').INGEST_STATE_MACHINE_ARN
export const leaseSeconds = () => readConfig('LEASE_SECONDS').LEASE_SECONDS
export const maxJobRuns = () => readConfig('MAX_JOB_RUNS').MAX_JOB_RUNS
/** Where OpenLineage events are posted; '' is nowhere. */
export const lineageUrl = () => readConfig('LINEAGE_URL').LINEAGE_URL
export const settleSeconds = () => readConfig('SETTLE_SECONDS').SETTLE_SECONDS
export const crawlDeadlineSeconds = () => readConfig('CRAWL_DEADLINE_SECONDS').CRAWL_DEADLINE_SECONDS
export const sweepGraceSeconds = () => readConfig('SWEEP_GRACE_SECONDS').SWEEP_GRACE_SECONDS
export const streamKind = () => readConfig('STREAM_KIND').STREAM_KIND
export const streamDataset = () => readConfig('STREAM_DATASET').STREAM_DATASET
export const streamPartitionKey = () => readConfig('STREAM_PARTITION_KEY').STREAM_PARTITION_KEY
/** The deployment that the commands in alerts are for. */
export const target = () => commandTarget(readConfig('ALERT_TOPIC_ARN').ALERT_TOPIC_ARN)
/** The same for the commands in the digest, whose function does not know the alert topic. */
export const digestTarget = () => commandTarget(readConfig('DIGEST_TOPIC_ARN').DIGEST_TOPIC_ARN)

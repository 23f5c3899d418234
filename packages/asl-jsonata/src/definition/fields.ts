import type { State } from '../types.ts'

/** Which fields the JSONata dialect knows, by the object that holds them. */
const ENDING = ['Next', 'End']
const RESULT = ['Output', 'Assign']
const HANDLING = ['Retry', 'Catch']

export const STATE_FIELDS: Record<State['Type'], string[]> = {
  Pass: [...RESULT, ...ENDING],
  Task: ['Resource', 'Arguments', 'Credentials', 'TimeoutSeconds', 'HeartbeatSeconds', ...RESULT, ...HANDLING, ...ENDING],
  Choice: ['Choices', 'Default', ...RESULT],
  Wait: ['Seconds', 'Timestamp', ...RESULT, ...ENDING],
  Succeed: ['Output'],
  Fail: ['Error', 'Cause'],
  Parallel: ['Branches', 'Arguments', ...RESULT, ...HANDLING, ...ENDING],
  Map: [
    'Items',
    'ItemReader',
    'ItemSelector',
    'ItemBatcher',
    'ItemProcessor',
    'MaxConcurrency',
    'ToleratedFailureCount',
    'ToleratedFailurePercentage',
    'Label',
    'ResultWriter',
    ...RESULT,
    ...HANDLING,
    ...ENDING,
  ],
}

export const COMMON_STATE_FIELDS = ['Type', 'Comment', 'QueryLanguage']
export const MACHINE_FIELDS = ['Comment', 'StartAt', 'States', 'Version', 'TimeoutSeconds', 'QueryLanguage']
export const BLOCK_FIELDS = ['Comment', 'StartAt', 'States', 'QueryLanguage']
export const PROCESSOR_FIELDS = [...BLOCK_FIELDS, 'ProcessorConfig']
export const RETRIER_FIELDS = [
  'ErrorEquals',
  'IntervalSeconds',
  'MaxAttempts',
  'BackoffRate',
  'MaxDelaySeconds',
  'JitterStrategy',
  'Comment',
]
export const CATCHER_FIELDS = ['ErrorEquals', 'Next', 'Output', 'Assign', 'Comment']
export const CHOICE_FIELDS = ['Condition', 'Next', 'Output', 'Assign', 'Comment']
export const READER_FIELDS = ['Resource', 'Arguments', 'ReaderConfig']
export const READER_CONFIG_FIELDS = [
  'InputType',
  'CSVHeaderLocation',
  'CSVHeaders',
  'CSVDelimiter',
  'MaxItems',
  'ItemsPointer',
  'Transformation',
  'ManifestType',
]
export const BATCHER_FIELDS = ['MaxItemsPerBatch', 'MaxInputBytesPerBatch', 'BatchInput']
export const WRITER_FIELDS = ['Resource', 'Arguments', 'WriterConfig']

/** Fields of the JSONPath dialect: naming one deserves a better message than "unknown". */
export const JSONPATH_FIELDS = new Set([
  'InputPath',
  'OutputPath',
  'ResultPath',
  'Parameters',
  'Result',
  'ResultSelector',
  'ItemsPath',
  'SecondsPath',
  'TimestampPath',
  'TimeoutSecondsPath',
  'HeartbeatSecondsPath',
  'MaxConcurrencyPath',
  'ToleratedFailureCountPath',
  'ToleratedFailurePercentagePath',
  'MaxItemsPath',
  'MaxItemsPerBatchPath',
  'MaxInputBytesPerBatchPath',
  'ErrorPath',
  'CausePath',
  'Variable',
  'And',
  'Or',
  'Not',
  'Iterator',
])

/** Fields that mean something in JSONata states alone. */
export const JSONATA_FIELDS = new Set(['Arguments', 'Output', 'Condition', 'Items', 'ItemSelector', 'ItemReader', 'ItemBatcher'])

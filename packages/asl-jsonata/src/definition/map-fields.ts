import { expressionIn } from '../expressions/evaluate.ts'
import { DELIMITERS } from '../map/csv.ts'
import type { JsonObject } from '../types.ts'
import { BATCHER_FIELDS, READER_CONFIG_FIELDS, READER_FIELDS, WRITER_FIELDS } from './fields.ts'
import { type Findings, isObject } from './findings.ts'

const READER_RESOURCE = /^arn:[^:]+:states:::s3:(getObject|listObjectsV2)$/
const WRITER_RESOURCE = /^arn:[^:]+:states:::s3:putObject$/
const DELIMITER_NAMES = Object.keys(DELIMITERS)
const READABLE = ['CSV', 'JSON', 'JSONL']

export function checkMap(state: JsonObject, at: string, findings: Findings): void {
  for (const field of ['MaxConcurrency', 'ToleratedFailureCount']) findings.count(state, field, at)
  const isPercentage = (value: unknown) => typeof value === 'number' && value >= 0 && value <= 100
  findings.literal(state, 'ToleratedFailurePercentage', at, 'a number between 0 and 100', isPercentage)
  const { Items, ItemReader, ItemBatcher, ItemProcessor, ResultWriter, Label } = state
  if (Items !== undefined && expressionIn(Items) === undefined && (Items === null || typeof Items !== 'object')) {
    findings.add(`${at}/Items`, "'Items' must be an array, an object or a JSONata expression")
  }
  if (Label !== undefined && (typeof Label !== 'string' || Label.length > 40 || !/^[^\s?*<>{}[\]:;,\\|^~$#%&`"]+$/.test(Label))) {
    findings.add(`${at}/Label`, "'Label' has at most 40 characters, without white space, wildcards, brackets or special characters")
  }
  const config = isObject(ItemProcessor) && isObject(ItemProcessor.ProcessorConfig) ? ItemProcessor.ProcessorConfig : {}
  const isDistributed = config.Mode === 'DISTRIBUTED'
  if (config.Mode !== undefined && config.Mode !== 'INLINE' && !isDistributed) {
    findings.add(`${at}/ItemProcessor/ProcessorConfig/Mode`, "'Mode' must be 'INLINE' or 'DISTRIBUTED'")
  }
  if (isDistributed && config.ExecutionType !== 'STANDARD' && config.ExecutionType !== 'EXPRESS') {
    findings.add(`${at}/ItemProcessor/ProcessorConfig/ExecutionType`, "A distributed Map needs 'ExecutionType': 'STANDARD' or 'EXPRESS'")
  }
  for (const field of ['ItemReader', 'ItemBatcher', 'ResultWriter', 'Label']) {
    if (state[field] !== undefined && !isDistributed)
      findings.add(`${at}/${field}`, `Field '${field}' needs a Map whose Mode is DISTRIBUTED`)
  }
  if (isObject(ItemReader)) checkReader(ItemReader, `${at}/ItemReader`, findings)
  if (isObject(ItemBatcher)) checkBatcher(ItemBatcher, `${at}/ItemBatcher`, findings)
  if (isObject(ResultWriter)) checkWriter(ResultWriter, `${at}/ResultWriter`, findings)
}

function checkReader(reader: JsonObject, at: string, findings: Findings): void {
  findings.unknownFields(reader, READER_FIELDS, at)
  findings.required(reader, ['Resource'], at)
  if (typeof reader.Resource === 'string' && !READER_RESOURCE.test(reader.Resource)) {
    findings.add(`${at}/Resource`, `'Resource' must be S3 getObject or listObjectsV2, not ${reader.Resource}`)
  }
  if (!isObject(reader.ReaderConfig)) return
  const here = `${at}/ReaderConfig`
  findings.unknownFields(reader.ReaderConfig, READER_CONFIG_FIELDS, here)
  findings.count(reader.ReaderConfig, 'MaxItems', here)
  findings.literal(reader.ReaderConfig, 'InputType', here, `one of ${READABLE.join(', ')} on the laptop`, (v) =>
    READABLE.includes(v as string),
  )
  const isHeader = (value: unknown) => value === 'FIRST_ROW' || value === 'GIVEN'
  findings.literal(reader.ReaderConfig, 'CSVHeaderLocation', here, "'FIRST_ROW' or 'GIVEN'", isHeader)
  findings.literal(reader.ReaderConfig, 'CSVDelimiter', here, `one of ${DELIMITER_NAMES.join(', ')}`, (v) =>
    DELIMITER_NAMES.includes(v as string),
  )
  if (reader.ReaderConfig.InputType === 'CSV' && reader.ReaderConfig.CSVHeaderLocation === undefined) {
    findings.add(here, "'CSVHeaderLocation' is required for CSV")
  }
  if (reader.ReaderConfig.CSVHeaderLocation === 'GIVEN' && reader.ReaderConfig.CSVHeaders === undefined) {
    findings.add(here, "'CSVHeaders' is required where 'CSVHeaderLocation' is 'GIVEN'")
  }
}

function checkBatcher(batcher: JsonObject, at: string, findings: Findings): void {
  findings.unknownFields(batcher, BATCHER_FIELDS, at)
  findings.count(batcher, 'MaxItemsPerBatch', at)
  findings.count(batcher, 'MaxInputBytesPerBatch', at)
  if (batcher.MaxItemsPerBatch === undefined && batcher.MaxInputBytesPerBatch === undefined) {
    findings.add(at, "'ItemBatcher' needs MaxItemsPerBatch, MaxInputBytesPerBatch or both")
  }
}

function checkWriter(writer: JsonObject, at: string, findings: Findings): void {
  findings.unknownFields(writer, WRITER_FIELDS, at)
  if (typeof writer.Resource === 'string' && !WRITER_RESOURCE.test(writer.Resource)) {
    findings.add(`${at}/Resource`, `'Resource' must be S3 putObject, not ${writer.Resource}`)
  }
  if ((writer.Resource === undefined) !== (writer.Arguments === undefined)) findings.add(at, "'Resource' and 'Arguments' go together")
  if (writer.Resource === undefined && writer.WriterConfig === undefined) findings.add(at, "'ResultWriter' must not be empty")
}

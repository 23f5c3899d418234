import {
  CreateCrawlerCommand,
  type CreateCrawlerCommandInput,
  CreateDatabaseCommand,
  CreateDataQualityRulesetCommand,
  type CreateDataQualityRulesetCommandInput,
  CreateJobCommand,
  type CreateJobCommandInput,
  CreateTableCommand,
  type DatabaseInput,
  type TableInput,
} from '@aws-sdk/client-glue'
import type { Context, Made, ResourceType } from '../resource-type.ts'

async function database({ DatabaseInput }: { DatabaseInput: DatabaseInput }, { clients, generatedName }: Context): Promise<Made> {
  const Name = DatabaseInput.Name ?? generatedName
  await clients.glue.send(new CreateDatabaseCommand({ DatabaseInput: { ...DatabaseInput, Name } }))
  return { ref: Name }
}

async function table(properties: { DatabaseName: string; TableInput: TableInput }, { clients }: Context): Promise<Made> {
  await clients.glue.send(new CreateTableCommand(properties))
  return { ref: properties.TableInput.Name ?? '' }
}

async function crawler(properties: CreateCrawlerCommandInput, { id, clients, generatedName, access }: Context): Promise<Made> {
  access.assume(id, 'glue.amazonaws.com', String(properties.Role))
  const Name = properties.Name ?? generatedName
  await clients.glue.send(new CreateCrawlerCommand({ ...properties, Name }))
  return { ref: Name }
}

async function job(properties: CreateJobCommandInput, { id, clients, generatedName, access }: Context): Promise<Made> {
  access.assume(id, 'glue.amazonaws.com', String(properties.Role))
  const Name = properties.Name ?? generatedName
  await clients.glue.send(new CreateJobCommand({ ...properties, Name }))
  return { ref: Name }
}

async function ruleset(properties: CreateDataQualityRulesetCommandInput, { clients, generatedName }: Context): Promise<Made> {
  const Name = properties.Name ?? generatedName
  await clients.glue.send(new CreateDataQualityRulesetCommand({ ...properties, Name }))
  return { ref: Name }
}

export const glueTypes = {
  'AWS::Glue::Database': database,
  'AWS::Glue::Table': table,
  'AWS::Glue::Crawler': crawler,
  'AWS::Glue::Job': job,
  'AWS::Glue::DataQualityRuleset': ruleset,
} as unknown as Record<string, ResourceType>

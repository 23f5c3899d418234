import { GetTableCommand } from '@aws-sdk/client-glue'
import { AwsError } from '../aws/aws-error.ts'
import type { Clients } from '../aws/clients.ts'
import type { Operation } from '../aws/json-service.ts'
import { type AskAsService, folderValues } from '../iam/service-role.ts'
import type { Engine, QualityAnswer, QualitySource } from './engine.ts'

interface GlueTable {
  DatabaseName: string
  TableName: string
  AdditionalOptions?: Record<string, string>
}
interface DataSource {
  GlueTable?: GlueTable
}
interface Ruleset {
  Name: string
  Ruleset: string
  Description?: string
  TargetTable?: { DatabaseName: string; TableName: string }
}
interface StartInput {
  DataSource: DataSource
  Role: string
  RulesetNames: string[]
  ClientToken?: string
  AdditionalDataSources?: Record<string, DataSource>
}
interface QualityRun {
  RunId: string
  Status: 'STARTING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'STOPPED'
  input: StartInput
  StartedOn: Date
  CompletedOn?: Date
  ErrorString?: string
  ResultIds: string[]
}

/** The state that survives a restart; rulesets are created again. */
export interface KeptQuality {
  runs: QualityRun[]
  results: Record<string, Record<string, unknown>>
}

/** So many newest evaluations are remembered from one start to the next. */
const KEPT_RUNS = 200

/** The Glue Data Quality API over Deequ's DQDL engine. */
export function createQuality(deps: {
  engine: () => Engine
  accessKeyOf: (roleArn: string) => string
  own: Pick<Clients, 'glue'>
  askAsService: AskAsService
  onChange?: () => void
}) {
  const rulesets = new Map<string, Ruleset>()
  const runs = new Map<string, QualityRun>()
  const byToken = new Map<string, string>()
  const results = new Map<string, Record<string, unknown>>()
  const working = new Set<Promise<void>>()
  const find = <T>(all: Map<string, T>, id: string, kind: string): T => {
    const found = all.get(id)
    if (!found) throw new AwsError('EntityNotFoundException', `${kind} ${id} does not exist`)
    return found
  }

  const operations: Record<string, Operation> = {
    async CreateDataQualityRuleset(input: Ruleset) {
      if (rulesets.has(input.Name)) throw new AwsError('AlreadyExistsException', `Ruleset ${input.Name} already exists`)
      rulesets.set(input.Name, input)
      return { Name: input.Name }
    },
    GetDataQualityRuleset: async ({ Name }: { Name: string }) => find(rulesets, Name, 'Ruleset'),
    async UpdateDataQualityRuleset(input: Ruleset) {
      rulesets.set(input.Name, { ...find(rulesets, input.Name, 'Ruleset'), ...input })
      return input
    },
    async DeleteDataQualityRuleset({ Name }: { Name: string }) {
      find(rulesets, Name, 'Ruleset')
      rulesets.delete(Name)
    },
    async StartDataQualityRulesetEvaluationRun(input: StartInput) {
      const known = input.ClientToken && byToken.get(input.ClientToken)
      if (known) return { RunId: known }
      for (const name of input.RulesetNames) find(rulesets, name, 'Ruleset')
      const run: QualityRun = { RunId: `dqrun-${crypto.randomUUID()}`, Status: 'STARTING', input, StartedOn: new Date(), ResultIds: [] }
      begin(run)
      return { RunId: run.RunId }
    },
    async GetDataQualityRulesetEvaluationRun({ RunId }: { RunId: string }) {
      const { input, ...run } = find(runs, RunId, 'Run')
      return { ...run, ...input, ...(run.ResultIds.length === 0 && { ResultIds: undefined }) }
    },
    async CancelDataQualityRulesetEvaluationRun({ RunId }: { RunId: string }) {
      const run = find(runs, RunId, 'Run')
      if (run.CompletedOn) return
      run.Status = 'STOPPED'
      deps.engine().stopRun(RunId)
    },
    GetDataQualityResult: async ({ ResultId }: { ResultId: string }) => find(results, ResultId, 'Result'),
  }

  function begin(run: QualityRun) {
    runs.set(run.RunId, run)
    if (run.input.ClientToken) byToken.set(run.input.ClientToken, run.RunId)
    deps.onChange?.()
    const work = evaluate(run).finally(() => working.delete(work))
    working.add(work)
  }

  async function evaluate(run: QualityRun) {
    try {
      await askAsGlue(run.input)
      await deps.engine().ready
      run.Status = 'RUNNING'
      const answer = await deps.engine().judge({
        runId: run.RunId,
        accessKeyId: deps.accessKeyOf(run.input.Role),
        source: sourceOf(run.input.DataSource),
        additionalSources: Object.fromEntries(
          Object.entries(run.input.AdditionalDataSources ?? {}).map(([alias, source]) => [alias, sourceOf(source)]),
        ),
        rulesets: run.input.RulesetNames.map((name) => ({ name, dqdl: find(rulesets, name, 'Ruleset').Ruleset })),
      })
      run.CompletedOn = new Date()
      run.ResultIds = answer.results.map((result) => keepResult(run, result))
      run.Status = 'SUCCEEDED'
      deps.onChange?.()
    } catch (error) {
      run.CompletedOn = new Date()
      if ((run.Status as string) === 'STOPPED') return
      run.Status = 'FAILED'
      run.ErrorString = error instanceof Error ? error.message : String(error)
    }
  }

  /** What Glue asks in the role of the run before it looks at a row: its own library, the ruleset, the table. */
  async function askAsGlue({ Role, DataSource }: StartInput) {
    const { database, table } = sourceOf(DataSource)
    const { Table } = await deps.own.glue.send(new GetTableCommand({ DatabaseName: database, Name: table }))
    deps.askAsService(Role, 'quality-run', { database, table, ...folderValues(Table?.StorageDescriptor?.Location) })
  }

  function keepResult(run: QualityRun, { name, rules }: QualityAnswer['results'][number]): string {
    const ResultId = `dqresult-${crypto.randomUUID()}`
    const passed = rules.filter((rule) => rule.result === 'PASS').length
    results.set(ResultId, {
      ResultId,
      RulesetEvaluationRunId: run.RunId,
      RulesetName: name,
      DataSource: run.input.DataSource,
      Score: rules.length === 0 ? 0 : passed / rules.length,
      StartedOn: run.StartedOn,
      CompletedOn: run.CompletedOn,
      RuleResults: rules.map(({ rule, result, message, metrics }, index) => ({
        Name: `Rule_${index + 1}`,
        Description: rule,
        Result: result,
        ...(message && { EvaluationMessage: message }),
        EvaluatedMetrics: metrics,
      })),
    })
    return ResultId
  }

  return {
    operations,
    busy: () => working.size > 0,
    kept(): KeptQuality {
      const newest = [...runs.values()].slice(-KEPT_RUNS)
      const ids = newest.flatMap(({ ResultIds }) => ResultIds)
      return { runs: newest, results: Object.fromEntries(ids.map((id) => [id, results.get(id) ?? {}])) }
    },
    /** An evaluation that was cut off begins again under its own id: a caller waits for its result. */
    restore({ runs: kept, results: keptResults }: KeptQuality) {
      for (const [id, result] of Object.entries(keptResults)) results.set(id, withTimes(result))
      for (const run of kept.map(withTimes)) {
        runs.set(run.RunId, run)
        if (run.input.ClientToken) byToken.set(run.input.ClientToken, run.RunId)
        if (run.Status === 'STARTING' || run.Status === 'RUNNING') begin(run)
      }
    },
  }
}

/** Times were written as text. */
const withTimes = <T extends { StartedOn?: unknown; CompletedOn?: unknown }>(kept: T): T => ({
  ...kept,
  ...(kept.StartedOn !== undefined && { StartedOn: new Date(String(kept.StartedOn)) }),
  ...(kept.CompletedOn !== undefined && { CompletedOn: new Date(String(kept.CompletedOn)) }),
})

function sourceOf({ GlueTable }: DataSource): QualitySource {
  if (!GlueTable) throw new AwsError('InvalidInputException', 'The laptop judges tables of the Glue catalog only')
  const predicate = GlueTable.AdditionalOptions?.pushDownPredicate
  return { database: GlueTable.DatabaseName, table: GlueTable.TableName, ...(predicate && { pushDownPredicate: predicate }) }
}

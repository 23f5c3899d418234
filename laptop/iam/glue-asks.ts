import { arn, type Call } from './call.ts'
import type { Ask } from './policy.ts'
import { asksHere } from './service-role.ts'

/** The catalog is judged from the top: its own ARN, the database's, the table's. */
export function glueAsks({ operation = '', body }: Call): Ask[] | undefined {
  const input = JSON.parse(body || '{}')
  const action = `glue:${operation}`
  const at = (...paths: string[]): Ask[] => paths.map((path) => ({ action, resource: arn('glue', path) }))

  if (/^(Get|Start|Stop)Crawler$/.test(operation)) return at(`crawler/${input.Name}`)
  if (/JobRuns?$/.test(operation)) return at(`job/${input.JobName}`)
  if (operation === 'StartDataQualityRulesetEvaluationRun') {
    const { DatabaseName: database = '', TableName: table = '' } = input.DataSource?.GlueTable ?? {}
    return (input.RulesetNames as string[]).flatMap((ruleset) =>
      asksHere('start-quality-run', { ruleset, database, table, role: String(input.Role) }),
    )
  }
  // Runs and results have no names: they are asked for on the star itself.
  if (/^(Get|Cancel)DataQuality/.test(operation)) return at('dataQualityRuleset/*')
  const database = input.DatabaseName ?? (/Database$/.test(operation) ? input.Name : undefined)
  if (database === undefined) return undefined
  const table = input.TableName ?? (/Table$/.test(operation) ? (input.Name ?? input.TableInput?.Name) : undefined)
  return at('catalog', `database/${database}`, ...(table === undefined ? [] : [`table/${database}/${table}`]))
}

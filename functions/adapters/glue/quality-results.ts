import { GetDataQualityResultCommand, GlueClient } from '@aws-sdk/client-glue'
import type { QualityResults } from '../../ports/glue-jobs.ts'

export function glueQualityResults(client = new GlueClient({})): QualityResults {
  return {
    async find(resultId) {
      try {
        const result = await client.send(new GetDataQualityResultCommand({ ResultId: resultId }))
        return {
          score: result.Score,
          rules: (result.RuleResults ?? []).map((rule) => ({
            name: rule.Name ?? '',
            description: rule.Description ?? '',
            result: rule.Result,
            message: rule.EvaluationMessage,
            ...(rule.EvaluatedMetrics && { metrics: rule.EvaluatedMetrics }),
          })),
        }
      } catch (error) {
        if ((error as Error).name === 'EntityNotFoundException') return undefined
        throw error
      }
    },
  }
}

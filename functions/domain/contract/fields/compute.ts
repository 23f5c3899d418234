import { z } from 'zod'

/**
 * Workers that AWS takes for a Spark job that ends: G.025X runs streaming jobs only, and Flex runs on G.1X and G.2X only
 * (docs.aws.amazon.com/glue/latest/dg/worker-types.html, …/add-job.html).
 */
export const WORKER_TYPES = ['G.1X', 'G.2X', 'G.4X', 'G.8X'] as const
export const FLEX_WORKER_TYPES: readonly string[] = ['G.1X', 'G.2X']

export const compute = z.strictObject({
  worker_type: z
    .enum(WORKER_TYPES, {
      error: ({ input }) => (input === 'G.025X' ? 'G.025X runs streaming jobs only; the smallest for a batch is G.1X' : undefined),
    })
    .default('G.1X'),
  workers: z.number().int().min(2).max(299).default(2),
  timeout_minutes: z.number().int().min(1).max(2880).default(60),
  flex: z.boolean().default(false),
  auto_scaling: z.boolean().default(true),
})

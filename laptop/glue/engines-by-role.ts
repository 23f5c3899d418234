import type { Engine } from './engine.ts'

/** A Spark for each role, started when a job of that role first runs: one process acts in one role. */
export function enginesByRole(start: (number: number) => Engine) {
  const engines = new Map<string, Engine>()
  return {
    of(roleArn: string): Engine {
      const engine = engines.get(roleArn) ?? start(engines.size + 1)
      engines.set(roleArn, engine)
      return engine
    },
    stop: () => Promise.all([...engines.values()].map((engine) => engine.stop())),
  }
}

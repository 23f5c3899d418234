import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { python, pythonEnvironment, root } from '../../setup/places.mjs'
import { startLineProcess } from './child-process.ts'

export interface MotoServer {
  port: number
  /** It answers only requests that carry it; new at each start. */
  secret: string
  pid: number | undefined
  /** Puts back what the state folder holds into what has been made meanwhile; how many things. */
  restore(): Promise<number>
  /** Writes the state folder now. */
  save(): Promise<void>
  stop(): Promise<void>
}

/**
 * Starts moto on a free port of 127.0.0.1; resolves when it takes requests, which are the gateway's alone.
 * @param options.stateFolder what it holds outlives it there
 * @param options.onTrouble why nothing can be written there; undefined when it can again
 */
export async function startMoto(
  options: { log?: (text: string) => void; stateFolder?: string; onTrouble?: (trouble: string | undefined) => void } = {},
): Promise<MotoServer> {
  const secret = randomBytes(32).toString('hex')
  const moto = startLineProcess(python, [join(root, 'laptop', 'aws', 'moto_server.py')], {
    env: {
      ...pythonEnvironment(),
      PYTHONDONTWRITEBYTECODE: '1',
      MOTO_IAM_LOAD_MANAGED_POLICIES: 'false',
      MOTO_DISABLE_GLOBAL_CORS: 'true',
      SLUICE_GATEWAY_SECRET: secret,
      ...(options.stateFolder && { SLUICE_STATE_FOLDER: options.stateFolder }),
    },
    log: options.log,
  })
  const port = await Promise.race([
    new Promise<number>((resolve) => moto.onMessage((message) => typeof message.port === 'number' && resolve(message.port))),
    moto.ended.then((reason) => Promise.reject(new Error(`The local AWS (moto) did not start: ${reason}`))),
  ])
  moto.onMessage((message) => {
    if ('unkept' in message) options.onTrouble?.(message.unkept === null ? undefined : String(message.unkept))
  })
  const answered = <T>(wish: string, answer: string) =>
    Promise.race([
      new Promise<T>((resolve) => {
        moto.onMessage((message) => answer in message && resolve(message[answer] as T))
        moto.send({ [wish]: true })
      }),
      moto.ended.then((reason) => Promise.reject(new Error(`The local AWS (moto) ended: ${reason}`))),
    ])
  return {
    port,
    secret,
    pid: moto.pid,
    restore: () => answered<number>('begin', 'restored'),
    save: async () => void (await answered('save', 'saved')),
    stop: moto.stop,
  }
}

import { Worker } from 'node:worker_threads'

export interface EnvironmentSettings {
  file: string
  exportName: string
  functionName: string
  functionArn: string
  timeoutSeconds: number
  variables: Record<string, string>
  log: (text: string) => void
}

export type Invocation = { payload: string } | { error: { errorType: string; errorMessage: string; trace?: string[] } }

/** A worker thread that holds one function warm. A timeout ends the thread, as it ends the sandbox on AWS. */
export class ExecutionEnvironment {
  readonly #worker: Worker
  readonly #settings: EnvironmentSettings
  alive = true

  constructor(settings: EnvironmentSettings) {
    this.#settings = settings
    this.#worker = new Worker(new URL('./worker.mjs', import.meta.url), {
      workerData: {
        file: settings.file,
        exportName: settings.exportName,
        functionName: settings.functionName,
        functionArn: settings.functionArn,
      },
      env: settings.variables,
      execArgv: [],
      stdout: true,
      stderr: true,
    })
    this.#worker.stdout.setEncoding('utf8').on('data', settings.log)
    this.#worker.stderr.setEncoding('utf8').on('data', settings.log)
    this.#worker.unref()
  }

  async invoke(event: unknown): Promise<Invocation> {
    const { timeoutSeconds } = this.#settings
    const requestId = crypto.randomUUID()
    const worker = this.#worker
    worker.ref()
    return new Promise<Invocation>((resolve) => {
      const finish = (invocation: Invocation) => {
        clearTimeout(timer)
        worker.off('message', finish).off('error', crash).off('exit', exit)
        worker.unref()
        resolve(invocation)
      }
      const end = (errorType: string, errorMessage: string) => {
        this.alive = false
        void worker.terminate()
        finish({ error: { errorType, errorMessage } })
      }
      const crash = (error: Error) => end('Runtime.ExitError', `RequestId: ${requestId} Error: ${error.message}`)
      const exit = () => end('Runtime.ExitError', `RequestId: ${requestId} Error: Runtime exited`)
      const timer = setTimeout(
        () => end('Sandbox.Timedout', `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`),
        timeoutSeconds * 1000,
      )
      worker.on('message', finish).on('error', crash).on('exit', exit)
      worker.postMessage({ event, requestId, deadline: Date.now() + timeoutSeconds * 1000 })
    })
  }

  async stop(): Promise<void> {
    this.alive = false
    await this.#worker.terminate()
  }
}

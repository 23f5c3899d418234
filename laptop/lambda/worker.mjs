// One execution environment of a function: its bundle, its variables, one event at a time. Plain JavaScript, since workers
// do not inherit the TypeScript loader.

import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'

const { file, exportName, functionName, functionArn } = workerData
// Imported at the first event, so that an import that fails is that invocation's error, as on AWS.
let handler

parentPort.on('message', async ({ event, requestId, deadline }) => {
  try {
    handler ??= (await import(pathToFileURL(file).href))[exportName]
    if (typeof handler !== 'function') throw Object.assign(new Error(`${exportName} is not exported`), { name: 'Runtime.HandlerNotFound' })
    const result = await handler(event, {
      functionName,
      functionVersion: '$LATEST',
      invokedFunctionArn: functionArn,
      memoryLimitInMB: '512',
      awsRequestId: requestId,
      logGroupName: `/aws/lambda/${functionName}`,
      logStreamName: 'laptop',
      callbackWaitsForEmptyEventLoop: false,
      getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    })
    // What a function returns travels as JSON.
    parentPort.postMessage({ payload: JSON.stringify(result) ?? 'null' })
  } catch (error) {
    const { name = 'Error', message = String(error), stack = '' } = error ?? {}
    parentPort.postMessage({ error: { errorType: name, errorMessage: message, trace: stack.split('\n') } })
  }
})

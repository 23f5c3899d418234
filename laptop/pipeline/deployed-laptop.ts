import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { createStepFunctions, memoryStorage } from 'asl-jsonata'
import { readPackage } from '../../infra/packaged.ts'
import { readBody } from '../aws/aws-request.ts'
import { ACCOUNT_ID, type Clients, createClients, REGION } from '../aws/clients.ts'
import { startGateway } from '../aws/gateway.ts'
import { jsonAnswer, jsonService } from '../aws/json-service.ts'
import { startMoto } from '../aws/moto.ts'
import { queryService } from '../aws/query-service.ts'
import { stackOperations } from '../cloudformation/stack-service.ts'
import type { Template } from '../cloudformation/template.ts'
import { startEngine } from '../glue/engine.ts'
import { enginesByRole } from '../glue/engines-by-role.ts'
import { createGlue, type KeptGlue } from '../glue/index.ts'
import { createAccessKeys } from '../iam/access-keys.ts'
import { encryptionOf } from '../iam/encryption.ts'
import { createGuard, type Guard } from '../iam/guard.ts'
import type { AskAsService } from '../iam/service-role.ts'
import { simulationOperations } from '../iam/simulation.ts'
import { createTasks, refusedResource } from '../integrations/tasks.ts'
import { createFunctionHost } from '../lambda/function-host.ts'
import { lambdaService } from '../lambda/lambda-service.ts'
import { createMappingStates } from '../lambda/mapping-states.ts'
import { laptopClock } from '../laptop-times.ts'
import { uploadArtifacts } from './deploy/artifacts.ts'
import { refuseWhatServicesMayNot } from './deploy/asked-at-once.ts'
import { deployStack } from './deploy/deployed-stack.ts'
import { refOf } from './deploy/made-resources.ts'
import type { Laptop } from './laptop.ts'
import { createKeeper } from './state/keeper.ts'
import { keptStorage, readWhole, writeWhole } from './state/kept-files.ts'
import { openLog } from './state/log-file.ts'
import { makePrivateFolder } from './state/work-folder.ts'

export interface StatusChange {
  name: string
  stateMachineArn: string
  status: string
}

export async function deployLaptop(options: {
  /** Awaited late: AWS and Spark start while the package is made. */
  packageFolder: Promise<string>
  workFolder: string
  /** Whether a contract asks for an Iceberg table. */
  iceberg?: boolean
  /** Whether all that Spark will read is small. */
  small?: boolean
  /** Where everything is kept from one start to the next; without one nothing is. */
  stateFolder?: string
  /** Of the endpoint, and no other. @throws PortTakenError */
  port?: number
  /** The current step, to show while you wait. */
  onStep?: (text: string) => void
  onStatusChange?: (change: StatusChange) => void
  /** Why state is not kept at the moment; undefined when it is again. */
  onTrouble?: (trouble: string | undefined) => void
}): Promise<Laptop> {
  const { workFolder, stateFolder } = options
  mkdirSync(join(workFolder, 'logs'), { recursive: true })
  if (stateFolder) makePrivateFolder(stateFolder)
  const logTo = (name: string) => {
    const file = openLog(join(workFolder, 'logs', `${name}.log`), 'w')
    return (text: string) => void file.write(text)
  }
  const stops: (() => Promise<unknown> | unknown)[] = []
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await Promise.resolve(each()).catch(() => {})
  }
  try {
    const keeper = createKeeper(options.onTrouble)
    stops.push(keeper.stop)
    const moto = await startMoto({
      log: logTo('moto'),
      ...(stateFolder && { stateFolder: join(stateFolder, 'aws') }),
      onTrouble: (trouble) => keeper.report('aws', trouble),
    })
    stops.push(moto.stop)
    // The same at each start: queue addresses in running executions, and in your settings, stay valid.
    const portFile = stateFolder && join(stateFolder, 'port.json')
    const gateway = await startGateway(
      moto,
      options.port ? { port: options.port } : { preferred: (portFile && readWhole<number>(portFile)) || 0 },
    )
    if (portFile) writeWhole(portFile, Number(new URL(gateway.endpoint).port))
    stops.push(gateway.close)
    const keys = createAccessKeys()
    // There are no roles yet.
    gateway.guard(createGuard(keys).check)
    const byKey = new Map<string, Clients>()
    const clientsFor = (accessKeyId: string) => {
      const found = byKey.get(accessKeyId) ?? createClients(gateway.endpoint, accessKeyId)
      byKey.set(accessKeyId, found)
      return found
    }
    const clientsOf = (roleArn: string) => clientsFor(keys.of(roleArn))
    const own = clientsFor(keys.owner)
    stops.push(() => byKey.forEach((clients) => void clients.destroy()))
    const engine = startEngine({
      endpoint: gateway.endpoint,
      workFolder,
      iceberg: options.iceberg ?? false,
      small: options.small ?? false,
      log: logTo('spark'),
    })
    stops.push(engine.stop)
    const extracts = enginesByRole((number) =>
      startEngine({ endpoint: gateway.endpoint, workFolder, rehearses: false, log: logTo(`spark-extract-${number}`) }),
    )
    stops.push(extracts.stop)
    const glueFile = stateFolder && join(stateFolder, 'glue.json')
    let frozen = false
    const keepGlue = (kept: KeptGlue) => {
      if (glueFile && !frozen) keeper.write('glue', () => writeWhole(glueFile, kept))
    }
    let guard: Guard | undefined
    // Nothing runs before the template is made, and with it the guard.
    const askAsService: AskAsService = (roleArn, use, values) => guard?.askAsService(roleArn, use, values)
    const glue = createGlue({
      engine: () => engine,
      engineOf: extracts.of,
      clientsOf,
      accessKeyOf: keys.of,
      own,
      workFolder,
      askAsService,
      keep: keepGlue,
    })
    stops.push(glue.stop)
    gateway.mount('glue', jsonService(glue.operations))

    const kept = stateFolder ? keptStorage(stateFolder, keeper) : undefined
    const storage = kept ?? memoryStorage()
    const machines = createStepFunctions({
      tasks: createTasks(clientsOf, askAsService),
      refuses: refusedResource,
      clock: laptopClock,
      storage,
      region: REGION,
      accountId: ACCOUNT_ID,
      async onStatusChange(detail) {
        // What stops with the laptop goes on with its next start: that it was aborted is no news, then or now.
        if (frozen) return
        options.onStatusChange?.(detail)
        const Entries = [
          {
            Source: 'aws.states',
            DetailType: 'Step Functions Execution Status Change',
            Detail: JSON.stringify(detail),
            Resources: [detail.executionArn],
          },
        ]
        await own.events.send(new PutEventsCommand({ Entries }))
      },
      onError: (error) => logTo('step-functions')(`${String(error)}\n`),
    })
    stops.push(machines.close)
    gateway.mount('states', {
      claims: () => true,
      async answer(request) {
        const { status, body } = await machines.handle(`AWSStepFunctions.${request.operation}`, await readBody(request.message))
        return jsonAnswer(status, body)
      },
    })

    const packageFolder = await options.packageFolder
    const functions = createFunctionHost({ packageFolder, workFolder, endpoint: gateway.endpoint, accessKeyOf: keys.of })
    stops.push(functions.stop)
    const mappingStates = createMappingStates()
    gateway.mount('lambda', lambdaService(functions, mappingStates))
    const { template, artifactPrefix } = readPackage(packageFolder)
    options.onStep?.(`Deploying ${Object.keys(template.Resources).length} resources of the packaged template`)
    const { stack, wiring, roleOf } = await deployStack(template as unknown as Template, { clients: own, functions, mappingStates })
    // From here on every role may do what its policies say, and no more.
    guard = createGuard(keys, wiring.roles, encryptionOf(template.Resources as never, stack))
    gateway.guard(guard.check)
    gateway.mount('iam', queryService(simulationOperations(wiring.roles)))
    gateway.mount('cloudformation', queryService(stackOperations(template, stack.made)))
    refuseWhatServicesMayNot(template.Resources, stack, guard)
    await uploadArtifacts(own, refOf(stack, 'ServerlessDeploymentBucket'), artifactPrefix, join(packageFolder, 'artifacts'))
    return {
      gateway,
      accessKeyId: keys.owner,
      clients: own,
      stack,
      functions,
      mappingStates,
      glue,
      clientsOf,
      relocate: engine.relocate,
      executions: storage.executions,
      ...wiring,
      consumerOf: ({ functionName }) => clientsOf(roleOf(functionName) ?? functionName),
      guard,
      async restore() {
        if (!stateFolder) return false
        const keptGlue = readWhole<KeptGlue>(glueFile as string)
        options.onStep?.('Restoring the state of the last start')
        const things = await moto.restore()
        if (keptGlue) await glue.restore(keptGlue)
        const resumed = await machines.resume()
        return things + resumed > 0
      },
      async keep() {
        frozen = true
        kept?.freeze()
        if (stateFolder) await moto.save()
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

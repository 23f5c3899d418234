// The framework's plugin of this service: answers `${sluice:…}` in serverless.yml, stages what is not a function's code
// (Glue scripts, compiled contracts, dataset stacks) into the package folder, and uploads it at deploy.
// CommonJS, since the framework loads plugins with require(); the work is in TypeScript beside it.
const { spawn } = require('node:child_process')
const { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { pathToFileURL } = require('node:url')

const load = async (file) => (await import('tsx/esm/api')).tsImport(file, pathToFileURL(__filename).href)

/** What the package's templates were made of, beside them. */
const PARTS = 'sluice-parts.json'

/** Commands about an existing stack: a contract that is broken by now must not stop you from deleting it. */
const WITHOUT_CONTRACTS = ['remove', 'info']

// The framework would repeat the message, with a stack, for every variable that it could not resolve. People need it once.
function refuse(error) {
  if (!['ContractsRefused', 'ParametersRefused', 'PackageRefused', 'TablesChanged'].includes(error.name)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
}

// serverless-esbuild copies each function's code to the system's temporary folder and leaves it there.
function cleanUpBehindBundling() {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-package-'))
  process.env.TMPDIR = folder
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
}

/** A folder with the code of every function, `<name>.zip`, made of the same sources: packaging for other contracts bundles nothing again. */
const BUNDLES = process.env.SLUICE_FUNCTION_BUNDLES

// serverless-esbuild has `skipBuild` for this, but copies before packaging holds its lock, and so from a folder that another packaging may empty.
function useBundles({ service, serviceDir }) {
  const folder = join('.esbuild', '.serverless')
  mkdirSync(join(serviceDir, folder), { recursive: true })
  for (const [name, made] of Object.entries(service.functions)) {
    copyFileSync(join(BUNDLES, `${name}.zip`), join(serviceDir, folder, `${name}.zip`))
    Object.assign(made, { skipEsbuild: true, package: { ...made.package, artifact: join(folder, `${name}.zip`) } })
  }
}

class SluicePlugin {
  constructor(serverless, options) {
    this.serverless = serverless
    this.options = options
    this.configurationVariablesSources = {
      sluice: {
        resolve: async ({ address, resolveVariable, resolveConfigurationProperty }) => {
          this.parameters = await resolveConfigurationProperty(['custom', 'parameters'])
          return { value: await this.part(address, await resolveVariable('sls:stage')) }
        },
      },
    }
    this.hooks = {
      'before:package:initialize': () => (BUNDLES ? useBundles(serverless) : cleanUpBehindBundling()),
      'before:deploy:function:initialize': cleanUpBehindBundling,
      'before:aws:package:finalize:saveServiceState': () => this.finish(),
      'before:package:cleanup': () => this.lock(),
      'after:package:finalize': () => this.stage().finally(() => this.unlock?.()),
      'before:aws:deploy:deploy:createStack': () => this.refuseChangedTables().catch(refuse),
      'after:aws:deploy:deploy:uploadArtifacts': () => this.upload(),
      'before:remove:remove': () => this.remove(),
    }
  }

  get folder() {
    return this.options.package ?? join(this.serverless.serviceDir, '.serverless')
  }

  made(stage) {
    const [command] = this.serverless.processedInput.commands
    const deploysPackage = command === 'deploy' && this.options.package
    this.making ??= deploysPackage ? this.packaged(stage) : this.make(stage)
    return this.making
  }

  async make(stage) {
    const { makeParts } = await load('./packaging/parts.ts')
    const root = this.serverless.serviceDir
    if (WITHOUT_CONTRACTS.includes(this.serverless.processedInput.commands[0])) {
      return makeParts({ root, stage, contracts: [], parameters: this.parameters })
    }
    const { readContracts } = await load('./packaging/contracts.ts')
    const contracts = await readContracts(root, process.env.SLUICE_CONTRACTS_DIR)
    const canary = this.parameters.canary === 'on' ? await readContracts(root, join('infra', 'canary')) : []
    const known = new Set(contracts.map(({ contract }) => contract.dataset))
    contracts.push(...canary.filter(({ contract }) => !known.has(contract.dataset)))
    const { parts, artifacts } = makeParts({ root, stage, contracts, parameters: this.parameters })
    // As text now: the framework then fills the parts in at their places.
    return { parts, artifacts, record: JSON.stringify({ stage, parts }) }
  }

  // Deploys what was packaged, even if contracts and parameters have changed since.
  async packaged(stage) {
    const file = join(this.folder, PARTS)
    const refusal = (message) => Object.assign(new Error(message), { name: 'PackageRefused' })
    if (!existsSync(file)) throw refusal(`${this.folder} holds no package: npm run package -- --package ${this.folder}`)
    const made = JSON.parse(readFileSync(file, 'utf8'))
    if (made.stage !== stage) throw refusal(`${this.folder} was packaged for stage ${made.stage}, not ${stage}: give --stage ${made.stage}`)
    return made
  }

  async part(name, stage) {
    const { parts } = await this.made(stage).catch(refuse)
    if (!(name in parts)) throw new Error(`there is no part named "${name}"`)
    return parts[name]
  }

  // The framework works in one folder (.serverless): two packagings at once would ship each other's files. The lock is held by
  // a process of its own, which lets go when its input ends: at the end of packaging, or with this process.
  async lock() {
    const holder = spawn(process.execPath, [join(__dirname, '..', 'setup', 'lock.mjs'), 'packaging'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    await new Promise((held, failed) => {
      holder.once('error', failed)
      holder.once('exit', (code) => failed(new Error(`the lock of packaging could not be taken (exit ${code})`)))
      holder.stdout.once('data', held)
    })
    // An error in a later hook ends this process, which would otherwise wait for the holder, which waits for it.
    for (const handle of [holder, holder.stdin, holder.stdout]) handle.unref()
    this.unlock = () => holder.stdin.end()
  }

  // What the framework has no word for, what it gets wrong, and what parameters ask of the whole template.
  async finish() {
    const { provider } = this.serverless.service
    const { parts } = await this.made(this.serverless.getProvider('aws').getStage())
    const { finished } = await load('./packaging/estate/estate.ts')
    const { saidOf } = await load('./packaging/estate/existing.ts')
    const { existing, permissionsBoundary, logRetentionDays, functionProperties, icebergTables } = parts
    for (const each of existing) this.serverless.cli.log(saidOf(each))
    const rules = { existing, permissionsBoundary, logRetentionDays, functionProperties, icebergTables }
    provider.compiledCloudFormationTemplate = finished(provider.compiledCloudFormationTemplate, rules)
  }

  async stage() {
    const { artifacts, record } = await this.made(this.serverless.getProvider('aws').getStage())
    const { stageArtifacts } = await load('./packaging/artifacts.ts')
    stageArtifacts(join(this.folder, 'artifacts'), artifacts)
    writeFileSync(join(this.folder, PARTS), record)
  }

  // Before anything changes: a deployed contract whose table is of another kind would fail every batch.
  async refuseChangedTables() {
    const aws = this.serverless.getProvider('aws')
    const { S3Client } = require('@aws-sdk/client-s3')
    const { readParameters } = await load('./packaging/estate/parameters.ts')
    const { refuseChangedTables } = await load('./packaging/changed-tables.ts')
    const { lakeBucket, rebuild, migrate } = readParameters(this.parameters)
    const { prefix } = this.serverless.service.custom
    await refuseChangedTables({
      client: new S3Client(await aws.getAwsSdkV3Config()),
      lakeBucket: lakeBucket || `${prefix}-lake-${await aws.getAccountId()}-${aws.getRegion()}`,
      folder: join(this.folder, 'artifacts', 'contracts'),
      rebuild,
      migrate,
      warn: (message) => this.serverless.cli.log(message),
    })
  }

  async bucket() {
    const aws = this.serverless.getProvider('aws')
    const { S3Client } = require('@aws-sdk/client-s3')
    const { artifactPrefix } = await load('./packaging/artifacts.ts')
    return {
      client: new S3Client(await aws.getAwsSdkV3Config()),
      name: await aws.getServerlessDeploymentBucketName(),
      prefix: artifactPrefix(aws.getStage()),
    }
  }

  async upload() {
    const { uploadArtifacts } = await load('./packaging/artifacts.ts')
    await uploadArtifacts(join(this.folder, 'artifacts'), await this.bucket())
  }

  // The framework empties its own folder of the bucket; a bucket that still holds ours could not be deleted.
  async remove() {
    const { removeArtifacts } = await load('./packaging/artifacts.ts')
    await removeArtifacts(await this.bucket())
  }
}

module.exports = SluicePlugin

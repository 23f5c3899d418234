import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Command } from 'commander'
import { connect } from '../../deployment/connect.ts'
import { type DeploymentOptions, withDeployment } from '../../deployment/options.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { portNumber, positiveInteger } from '../../numbers.ts'
import type { DatasetFacts, ReportSource } from '../../report/facts.ts'
import { modelBuilder } from '../../report/model/build-model.ts'
import { renderPage } from '../../report/page.ts'
import { type ServeOptions, serveReport } from '../../report/serve.ts'
import { deploymentReader } from '../../report/sources/deployment.ts'
import { readFolder } from '../../report/sources/folder.ts'
import { terminal } from '../../terminal.ts'
import { keptAlerts } from '../../up/kept-alerts.ts'
import { UsageError } from '../../usage-error.ts'

/** Looks at AWS cost a little each; a batch takes minutes there. */
const LOOK_ON_AWS_MS = 10_000
const LOOK_LOCALLY_MS = 1000

interface Options extends DeploymentOptions {
  input?: string
  output: string
  batches: number
  traces: number
  examples: boolean
  serve?: boolean
  port?: number
  json?: boolean
}

export function reportCommand(_setExitCode: SetExitCode): Command {
  return withDeployment(new Command('report'))
    .description('write one page that shows whether your data is good and fresh: partitions, rows, quality, quarantine, runs, cost')
    .argument('[dataset]', 'only this one')
    .option('--input <folder>', 'read the --output of `sluice run` or `sluice demo` instead of a deployment')
    .option('--output <file>', 'HTML file to write; you can open it without a network', 'report.html')
    .option('--batches <number>', 'newest batches of each dataset', positiveInteger, 500)
    .option('--traces <number>', 'how many of these get a timeline and a cost', positiveInteger, 100)
    .option('--no-examples', 'read no quarantine file and no table: no rows, no quarantined rows by partition')
    .option('--serve', 'serve the page on this machine and keep it up to date, instead of a file')
    .option('--port <number>', 'port for --serve', portNumber)
    .option('--json', 'print the content of the page as one object: {"generatedAt", "source", "datasets": [...]}')
    .addHelpText('after', '\nThe page has rows of tables and quarantine. Without --no-examples, the file is as confidential as these.')
    .addHelpText('after', helpExamples('report --input out/demo --output report.html', 'report orders --stage prod --no-examples'))
    .addHelpText('after', '\nExit codes: 0 success, 2 bad usage.')
    .action(async (dataset: string | undefined, options: Options) => {
      const { source, read } = await open(options)
      const build = modelBuilder(source)
      const model = async () => build(await only(dataset, read), new Date(), source.kind === 'laptop' ? keptAlerts() : null)
      if (options.serve) {
        const lookEveryMs = options.local ? LOOK_LOCALLY_MS : LOOK_ON_AWS_MS
        const { url, server } = await serveReport(model, { ...placeOf(options), lookEveryMs })
        terminal.print(`The report, live: ${url}`)
        // The process that started this one, at the other end of the channel, has ended or was killed.
        process.once('disconnect', () => {
          server.close()
          server.closeAllConnections()
        })
        await new Promise((ended) => server.once('close', ended))
      } else if (options.json) terminal.printJson(await model())
      else await writeReport(await renderPage(await model()), options.output)
    })
}

/** `sluice up` says where it served the page before, in a variable: other users see the words of a command. */
function placeOf({ port }: Options): ServeOptions {
  const [preferred, token] = (process.env.SLUICE_PAGE ?? '').split('/')
  return { ...(port && { port }), ...(preferred && { preferred: Number(preferred) }), ...(token && { token }) }
}

type Read = (dataset?: string) => Promise<DatasetFacts[]>

async function open(options: Options): Promise<{ source: ReportSource; read: Read }> {
  const { input } = options
  if (input !== undefined) return { source: { kind: 'folder', name: input }, read: () => readFolder(input, { rows: options.examples }) }
  const deployment = await connect(options)
  const { stage, local, profile, region } = options
  const target = { stage, local, profile, region }
  const source: ReportSource = local ? { kind: 'laptop', name: 'sluice up', target } : { kind: 'aws', name: deployment.prefix, target }
  return { source, read: deploymentReader(deployment, { batches: options.batches, traces: options.traces, quarantine: options.examples }) }
}

async function only(dataset: string | undefined, read: Read): Promise<DatasetFacts[]> {
  const facts = await read(dataset)
  const wanted = dataset === undefined ? facts : facts.filter((each) => each.dataset === dataset)
  if (wanted.length === 0 && dataset !== undefined) {
    throw new UsageError(`no dataset "${dataset}" here; there is ${facts.map((each) => each.dataset).join(', ') || 'nothing'}`)
  }
  return wanted
}

async function writeReport(html: string, output: string): Promise<void> {
  const file = resolve(output)
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, html)
  } catch (error) {
    throw new UsageError(`--output ${output}: ${(error as Error).message}`)
  }
  terminal.print(`${file}  ${Math.ceil(html.length / 1024)} KB`)
}

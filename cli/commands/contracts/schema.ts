import { Command } from 'commander'
import { contractJsonSchema } from '../../contract-schema.ts'
import type { SetExitCode } from '../../exit-code.ts'
import { helpExamples } from '../../help-examples.ts'
import { terminal } from '../../terminal.ts'

export function schemaCommand(_setExitCode: SetExitCode): Command {
  return new Command('schema')
    .description('print the JSON Schema of a contract, for editors that complete and check YAML')
    .addHelpText('after', helpExamples('schema', 'schema > contract.schema.json'))
    .addHelpText('after', '\nIn a contract: # yaml-language-server: $schema=../docs/contract.schema.json')
    .action(() => terminal.print(JSON.stringify(contractJsonSchema(), null, 2)))
}

import { Command } from 'commander'
import type { SetExitCode } from '../../exit-code.ts'
import { discardCommand } from './quarantine/discard.ts'
import { exportCommand } from './quarantine/export.ts'
import { listCommand } from './quarantine/list.ts'
import { replayCommand } from './quarantine/replay.ts'
import { showCommand } from './quarantine/show.ts'

export function quarantineCommand(setExitCode: SetExitCode): Command {
  return new Command('quarantine')
    .description('quarantined rows: show them, export them for repair, judge them again, discard them')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(exportCommand())
    .addCommand(replayCommand(setExitCode))
    .addCommand(discardCommand())
}

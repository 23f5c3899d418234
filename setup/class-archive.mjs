// The classes of Spark as the JVM keeps them for its next start (Class Data Sharing, JEP 350): loading and checking them from jars
// takes a quarter of a short command. A JVM that finds the archive made for another Java or other jars leaves it alone.
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { classArchive, python, pythonEnvironment, root } from './places.mjs'
import { run } from './run.mjs'

export const classArchiveIsMade = () => existsSync(classArchive)

/** Everything works without it, only slower: where it cannot be made, an empty file takes its place, and is not given to a JVM. */
export async function makeClassArchive(say) {
  rmSync(classArchive, { force: true })
  const doing = "Keeping Spark's classes, for faster starts"
  say(doing)
  await run(python, [join(root, 'setup', 'spark_classes.py'), classArchive], { say, doing, env: pythonEnvironment() }).catch(() => {})
  if (classArchiveIsMade()) return
  writeFileSync(classArchive, '')
  say('This Java cannot keep them: each start of Spark takes some seconds longer')
}

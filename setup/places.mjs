// Where set-up puts things; the one place that names them. Plain JavaScript: it runs before `npm ci`.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..')
export const stateFolder = join(root, '.sluice')
export const venvFolder = join(stateFolder, 'venv')
export const python = join(venvFolder, 'bin', 'python')
export const jarsFolder = join(stateFolder, 'jars')
/** What only contracts with an Iceberg table need. */
export const icebergJarsFolder = join(jarsFolder, 'iceberg')
export const kafkaJarsFolder = join(jarsFolder, 'kafka')
export const mariadbJarsFolder = join(jarsFolder, 'mariadb')
export const javaRecord = join(stateFolder, 'java.json')
/** Spark's classes, for the next start of a JVM; see class-archive.mjs. */
export const classArchive = join(stateFolder, 'spark-classes.jsa')

/** A local file system for Hadoop, of jars.json. */
const localFilesJar = join(jarsFolder, 'hadoop-bare-naked-local-fs-0.1.0.jar')

/** The Java that set-up chose. */
export function javaHome() {
  return JSON.parse(readFileSync(javaRecord, 'utf8')).home
}

/** The environment in which Python and Spark of the laptop run. */
export function pythonEnvironment() {
  const home = javaHome()
  return {
    ...process.env,
    JAVA_HOME: home,
    PATH: [join(venvFolder, 'bin'), join(home, 'bin'), process.env.PATH].join(delimiter),
    SPARK_SUBMIT_OPTS: [process.env.SPARK_SUBMIT_OPTS, hasArchive() && WITH_ARCHIVE, existsSync(localFilesJar) && WITH_LOCAL_FILES]
      .filter(Boolean)
      .join(' '),
    // At the end of Spark's class path: the class archive holds for a path that only goes on.
    SPARK_DIST_CLASSPATH: localFilesJar,
  }
}

/** Hadoop's own way starts `chmod` for each file, each checksum beside it and each folder that it makes. */
const WITH_LOCAL_FILES = '-Dspark.hadoop.fs.file.impl=com.globalmentor.apache.hadoop.fs.BareLocalFileSystem'

/** An empty file says that there can be none, and would take the JVM's own archive from it. */
const hasArchive = () => (statSync(classArchive, { throwIfNoEntry: false })?.size ?? 0) > 0

/** Quiet when the archive is another Java's: the JVM then goes without it. */
const WITH_ARCHIVE = `"-XX:SharedArchiveFile=${classArchive}" -Xlog:cds=off -Xlog:cds+dynamic=off`

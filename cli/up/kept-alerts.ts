import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { upFolder, writePrivate } from '../deployment/local-connection.ts'
import type { ReceivedAlert } from '../report/alerts/alert-model.ts'

/** The live report reads it, and a later start of `sluice up` goes on with it. */
const file = join(upFolder, 'alerts.json')
/** Older ones go: a laptop's inbox is no archive. */
const MOST_KEPT = 200

export function keptAlerts(): ReceivedAlert[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ReceivedAlert[]
  } catch {
    return []
  }
}

/** Returns those that are kept now. */
export function keepAlerts(alerts: ReceivedAlert[]): ReceivedAlert[] {
  const kept = [...keptAlerts(), ...alerts].slice(-MOST_KEPT)
  writePrivate(file, JSON.stringify(kept))
  return kept
}

export const forgetAlerts = () => rmSync(file, { force: true })

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../setup/places.mjs'

/** The state of `ingest` that begins each step, and the step's name for people. Every state after it in the machine is part of it. */
const BEGINNINGS: Record<string, string> = {
  'Prepare Batch': 'Prepare',
  'Acquire Lease': 'Wait for lease',
  Curate: 'Curate',
  'Read Manifest': 'Check rates',
  'Start Quality Run': 'Judge quality',
  'Publish Batch': 'Publish',
  'Crawl Curated': 'Crawl',
  'Release Lease': 'Finish',
}

interface State {
  Type: string
  Branches?: { States: Record<string, State> }[]
}

/** Steps in their order, the step of each state, and the Fail states that end the try block: they belong to the step before them. */
export function stepsOf(machine: { States: Record<string, State> }) {
  const steps: string[] = []
  const stepOf = new Map<string, string>()
  const stops = new Set<string>()
  const walk = (states: Record<string, State>, isInside: boolean) => {
    for (const [name, { Type, Branches }] of Object.entries(states)) {
      const begun = BEGINNINGS[name]
      if (begun !== undefined) steps.push(begun)
      const step = steps.at(-1)
      if (Branches) for (const branch of Branches) walk(branch.States, true)
      else if (Type === 'Fail') isInside && stops.add(name)
      else if (step !== undefined) stepOf.set(name, step)
    }
  }
  walk(machine.States, false)
  return { steps, stepOf, stops }
}

/** Learned from the machine itself, so that a new state needs no line here. */
export const INGEST_STEPS = stepsOf(JSON.parse(readFileSync(join(root, 'statemachines', 'ingest.asl.json'), 'utf8')))

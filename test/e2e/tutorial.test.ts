import { followTutorial } from './tutorial.ts'

// To the first batch, which goes through the whole pipeline. The other steps are in tutorial.nightly.test.ts.
followTutorial({ last: '4.' })

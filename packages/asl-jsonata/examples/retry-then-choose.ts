import { runStateMachine } from 'asl-jsonata'
import { virtualClock } from 'asl-jsonata/virtual-clock'

const definition = {
  QueryLanguage: 'JSONata',
  StartAt: 'Price Order',
  States: {
    'Price Order': {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Arguments: { FunctionName: 'price-order', Payload: '{% $states.input %}' },
      TimeoutSeconds: 30,
      Retry: [{ ErrorEquals: ['ThrottledError'], IntervalSeconds: 60, MaxAttempts: 3 }],
      Output: '{% $states.result.Payload %}',
      Next: 'Large?',
    },
    'Large?': {
      Type: 'Choice',
      Choices: [{ Condition: '{% $states.input.total > 100 %}', Next: 'Ask for Approval' }],
      Default: 'Done',
    },
    'Ask for Approval': { Type: 'Pass', Output: { approved: false }, End: true },
    Done: { Type: 'Succeed' },
  },
}

let calls = 0
const clock = virtualClock()
const result = await runStateMachine(
  definition,
  { quantity: 3 },
  {
    clock,
    tasks: {
      'arn:aws:states:::lambda:invoke': ({ arguments: call }) => {
        calls += 1
        if (calls === 1) throw Object.assign(new Error('try again later'), { name: 'ThrottledError' })
        const { Payload } = call as { Payload: { quantity: number } }
        return { Payload: { total: Payload.quantity * 50 } }
      },
    },
  },
)

console.log(
  result.status,
  JSON.stringify(result.output),
  `after ${calls} calls and ${clock.sleeps.filter(({ purpose }) => purpose !== 'timeout').length} wait`,
)

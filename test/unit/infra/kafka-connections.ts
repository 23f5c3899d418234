export const ID = 'events/751d2973-a626-431c-9d4e-d7975eb44dd7-2'
export const CLUSTER = `arn:aws:kafka:us-east-1:123456789012:cluster/${ID}`
export const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:AmazonMSK_events-AbCdEf'
export const CA = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:authority-AbCdEf'
export const KEY = 'arn:aws:kms:us-east-1:123456789012:key/1234'
export const TOPIC = '{ kafka: { connection: events, topic: clicks, window_seconds: 30, most_lag: 500 } }'
export const CONNECTIONS = {
  'MSK by IAM': `cluster: ${CLUSTER}\n`,
  'MSK by a secret': `cluster: ${CLUSTER}\nsecret: ${SECRET}\nkms_key: ${KEY}\n`,
  'brokers on the internet': `bootstrap_servers: [b1.example.com:9096, b2.example.com:9096]\nsecret: ${SECRET}\nauth: plain\nca_secret: ${CA}\n`,
  'brokers in a VPC': 'bootstrap_servers: [10.0.0.7:9092]\nnetwork: { subnet_ids: [subnet-0a, subnet-0b], security_group_id: sg-0c }\n',
}

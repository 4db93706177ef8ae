// A supplier built of the public client packages, unpatched: one load control request and one reading, each the whole
// way. Prints what it saw as one JSON object. Run by test_real_clients.py, which installs the packages.
//
//   node drive.js PACKAGES GATEWAY SMKI

const { createServer } = require('node:http')
const { createRequire } = require('node:module')
const { sign, verify } = require('node:crypto')
const { once } = require('node:events')

const [packages, gateway, smki] = process.argv.slice(2)
const use = createRequire(packages + '/')
const { loadTemplates } = use('@smartdcc/duis-templates')
const { BoxedKeyStore, KeyUsage } = use('@smartdcc/dccboxed-keystore')
const { signDuis, validateDuis } = use('@smartdcc/duis-sign-wrap')
const { parseDuis, constructDuis, isSimplifiedDuisResponseBody_ResponseMessage_X: has } = use('@smartdcc/duis-parser')

const SUPPLIER = '90-b3-d5-1f-30-01-00-00'
const CHARGER = '00-db-12-34-56-78-90-a6'
const XML = { 'content-type': 'application/xml' }

async function post(service, xml) {
  const answer = await fetch(`${gateway}/api/v1/${service}`, { method: 'POST', headers: XML, body: xml })
  if (answer.status !== 200) throw new Error(`${service}: HTTP ${answer.status}: ${await answer.text()}`)
  // The tool checks signature and schema, and fails where either is wrong.
  return parseDuis('simplified', await validateDuis({ xml: await answer.text() }))
}

async function control(method, path, body) {
  const answer = await fetch(gateway + path, {
    method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${path}: HTTP ${answer.status}: ${await answer.text()}`)
}

function request(template, body) {
  const { header } = template.simplified
  return {
    header: { ...header, requestId: { ...header.requestId, originatorId: SUPPLIER, targetId: CHARGER } },
    body: body ?? template.simplified.body,
  }
}

function received() {
  const documents = []
  const server = createServer((message, answer) => {
    const chunks = []
    message.on('data', (chunk) => chunks.push(chunk))
    message.on('end', () => {
      documents.push({ type: message.headers['content-type'], xml: Buffer.concat(chunks).toString() })
      answer.writeHead(204).end()
    })
  })
  return { server, documents }
}

async function main() {
  const templates = await loadTemplates({})
  const store = await BoxedKeyStore.new(smki)
  const { server, documents } = received()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  await control('PUT', `/sim/users/${SUPPLIER}/callback`, { url: `http://127.0.0.1:${server.address().port}/duis` })
  const seen = {}
  try {
    // A certificate of a device is looked up in the SMKI repository; nobody has it in a file.
    const [device] = await store.query({ eui: CHARGER, keyUsage: KeyUsage.digitalSignature, lookup: 'certificate' })
    seen.device = device.certificate.serialNumber
    seen.nobody = await store.query({ eui: '00db1234567890ff', keyUsage: KeyUsage.keyAgreement, lookup: 'certificate' })

    // Critical: transform, check and sign the pre-command, send, and be told.
    const critical = Object.entries(templates).find(([name]) => name.startsWith('ECS47a_7.13_APC_OUTPUT'))[1]
    const body = structuredClone(critical.simplified.body)
    const state = Object.values(body)[0]
    Object.assign(state, { StartDateTime: seen.start = process.env.START, EndDateTime: process.env.END })
    state.CommandedStateLevel = '50'
    const asked = await signDuis({ xml: constructDuis('simplified', request(critical, body)) })
    const transformed = await post('serviceT', asked)
    seen.transform = transformed.header.responseCode
    seen.echoed = transformed.header.requestId
    if (!has('PreCommand', transformed.body)) throw new Error('no pre-command: ' + JSON.stringify(transformed.body))
    const preCommand = Buffer.from(transformed.body.ResponseMessage.PreCommand.GBCSPayload, 'base64')
    const keys = await store.query({ eui: SUPPLIER, keyUsage: KeyUsage.digitalSignature, role: 2, lookup: 'privateKey' })
    const { privateKey } = keys.find((each) => each.name === 'Z1-supplier-ds')
    // Signed is all after the first octet; the signature's length and the signature follow it.
    const part = preCommand.subarray(1)
    const signature = sign('sha256', part, { key: privateKey, dsaEncoding: 'ieee-p1363' })
    const signed = Buffer.concat([preCommand, Buffer.from([0x40]), signature])
    const header = { ...request(critical).header, requestId: transformed.header.requestId, commandVariant: 5 }
    const second = constructDuis('simplified', {
      header, body: { SignedPreCommand: { GBCSPayload: signed.toString('base64') } },
    })
    const sent = await post('serviceS', await signDuis({ xml: second, preserveCounter: true }))
    seen.send = sent.header.responseCode

    // Not critical.
    const reading = Object.entries(templates).find(([name]) => name.startsWith('ECS52_11.2'))[1]
    const read = await post('serviceS', await signDuis({ xml: constructDuis('simplified', request(reading)) }))
    seen.read = read.header.responseCode

    // What the DCC does itself, and a request that it refuses.
    const inventory = Object.values(templates).find((each) => each.fileName.includes('8.2_READ_INVENTORY'))
    const own = inventory.simplified
    const listed = await post('serviceD', await signDuis({ xml: constructDuis('simplified', own) }))
    seen.inventory = [listed.header.responseCode, Object.keys(listed.body.ResponseMessage).includes('DSPInventory')]
    const stranger = request(reading)
    stranger.header.requestId.originatorId = '90-b3-d5-1f-30-02-00-00'
    stranger.header.requestId.targetId = '00-db-12-34-56-78-90-ff'
    seen.refused = (await post('serviceS', await signDuis({ xml: constructDuis('simplified', stranger) }))).header.responseCode

    await control('POST', '/sim/clock/advance', { seconds: 20 })
    seen.received = []
    for (const { type, xml } of documents) {
      const answer = parseDuis('simplified', await validateDuis({ xml }))
      const payload = Buffer.from(answer.body.ResponseMessage.GBCSPayload, 'base64')
      const { counter } = answer.header.requestId
      const own = { type, code: answer.header.responseCode, length: payload.length, counter: String(counter) }
      if (payload[0] === 0xdf) {
        // The device signs the response to a critical command: with the key that the repository has.
        const content = payload.subarray(1, -65)
        const key = device.certificate.publicKey
        own.signature = verify('sha256', content, { key, dsaEncoding: 'ieee-p1363' }, payload.subarray(-64))
      }
      seen.received.push(own)
    }
  } finally {
    server.close()
    await store.cleanup()
  }
  console.log(JSON.stringify(seen, (_, value) => (typeof value === 'bigint' ? String(value) : value)))
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})

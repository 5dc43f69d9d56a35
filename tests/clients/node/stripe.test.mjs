// Stripe's Node client creates, declines, refunds and lists payments of the simulated provider, and
// accepts its callbacks and no forged ones.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Stripe, start } from './simulator.mjs';

const limits = { timeout: 30_000 };
const visa = { payment_method: 'pm_card_visa', confirm: true };
let simulator;
let stripe;

before(async () => {
  simulator = await start();
  stripe = simulator.client();
});
after(() => simulator.stop());

const create = (more, options) =>
  stripe.paymentIntents.create({ amount: 1490, currency: 'eur', ...more }, options);

test('an intent is created and confirmed', limits, async () => {
  const intent = await create({ metadata: { order_id: '7' } });
  assert.equal(intent.status, 'requires_payment_method');
  const paid = await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' });
  assert.deepEqual([paid.status, paid.amount_received], ['succeeded', 1490]);
  assert.equal((await stripe.paymentIntents.retrieve(intent.id)).status, 'succeeded');
});

test('it is captured at once when it is created with a method', limits, async () => {
  const intent = await create({ ...visa, expand: ['latest_charge'] });
  assert.equal(intent.latest_charge.amount_captured, 1490);
  const charges = await stripe.charges.list({ payment_intent: intent.id });
  assert.deepEqual(charges.data.map((one) => one.id), [intent.latest_charge.id]);
});

test('an intent is updated', limits, async () => {
  const intent = await create({ metadata: { a: '1', b: '2' } });
  const updated = await stripe.paymentIntents.update(intent.id, { amount: 2000, metadata: { a: '' } });
  assert.deepEqual([updated.amount, { ...updated.metadata }], [2000, { b: '2' }]);
});

test('a declined card is a card error', limits, async () => {
  await assert.rejects(create({ payment_method: 'pm_card_chargeDeclined', confirm: true }), (error) => {
    assert.ok(error instanceof Stripe.errors.StripeCardError);
    assert.deepEqual([error.statusCode, error.code, error.decline_code], [402, 'card_declined', 'generic_decline']);
    assert.equal(error.payment_intent.status, 'requires_payment_method');
    return true;
  });
});

test('an intent is cancelled and then cannot be paid', limits, async () => {
  const intent = await create();
  assert.equal((await stripe.paymentIntents.cancel(intent.id)).status, 'canceled');
  await assert.rejects(stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' }), {
    code: 'payment_intent_unexpected_state',
  });
});

test('money goes back in parts and in whole', limits, async () => {
  const intent = await create(visa);
  const part = await stripe.refunds.create({ payment_intent: intent.id, amount: 490 });
  const rest = await stripe.refunds.create({ charge: intent.latest_charge });
  assert.deepEqual([part.amount, rest.amount], [490, 1000]);
  const refunds = await stripe.refunds.list({ payment_intent: intent.id });
  assert.deepEqual(refunds.data.map((one) => one.id), [rest.id, part.id]);
  await assert.rejects(stripe.refunds.create({ payment_intent: intent.id }), {
    code: 'charge_already_refunded',
  });
});

test('lists are walked page by page in both directions', limits, async () => {
  const made = [];
  for (let n = 0; n < 5; n += 1) made.push((await create()).id);
  const walked = await stripe.paymentIntents.list({ limit: 2 }).autoPagingToArray({ limit: 5 });
  assert.deepEqual(walked.map((one) => one.id), made.toReversed());
  const newer = stripe.paymentIntents.list({ limit: 2, ending_before: made[0] });
  const back = await newer.autoPagingToArray({ limit: 10 });
  assert.deepEqual(back.map((one) => one.id), made.slice(1));
});

test('the same request under the same key happens once', limits, async () => {
  const options = { idempotencyKey: 'node-once' };
  const first = await create(visa, options);
  const again = await create(visa, options);
  assert.equal(first.id, again.id);
  assert.equal(again.lastResponse.headers['idempotent-replayed'], 'true');
  await assert.rejects(create({ amount: 1 }, options), Stripe.errors.StripeIdempotencyError);
});

test('a wrong key is an authentication error', limits, async () => {
  const stranger = simulator.client('sk_test_wrong');
  await assert.rejects(stranger.events.list(), Stripe.errors.StripeAuthenticationError);
});

test('events tell what happened', limits, async () => {
  const intent = await create(visa);
  const events = await stripe.events.list({ type: 'payment_intent.succeeded', limit: 1 });
  assert.equal(events.data[0].data.object.id, intent.id);
});

test('a checkout session is opened, listed and expired', limits, async () => {
  const price_data = { currency: 'eur', unit_amount: 745, product_data: { name: 'Mug' } };
  const session = await stripe.checkout.sessions.create({
    mode: 'payment',
    line_items: [{ quantity: 2, price_data }],
  });
  assert.deepEqual([session.status, session.amount_total], ['open', 1490]);
  assert.equal((await stripe.checkout.sessions.expire(session.id)).status, 'expired');
  const callback = await simulator.receiver.wait((event) => event.type === 'checkout.session.expired');
  assert.equal(JSON.parse(callback.body).data.object.id, session.id);
});

test('a delivered callback is accepted; tampered, stale and foreign ones are not', limits, async () => {
  const intent = await create(visa);
  const { body, headers } = await simulator.receiver.wait((event) => event.data.object.id === intent.id);
  const signature = headers['stripe-signature'];
  const secret = simulator.webhookSecret;
  const check = (payload, key, receivedAt) =>
    stripe.webhooks.constructEvent(payload, signature, key, undefined, undefined, receivedAt);
  assert.equal(check(body, secret).data.object.amount_received, 1490);

  const wrong = Stripe.errors.StripeSignatureVerificationError;
  const tampered = body.toString().replaceAll('1490', '9490');
  assert.notEqual(tampered, body.toString());
  assert.throws(() => check(tampered, secret), wrong);
  assert.throws(() => check(body, `${secret}x`), wrong);
  // Milliseconds, as in Date.now().
  assert.throws(() => check(body, secret, Date.now() + 600_000), wrong);
});

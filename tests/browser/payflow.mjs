// PayFlow's binary on an empty store of its own. It says nothing of what is tested with it.

import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A port that nobody listens on at this moment. */
export async function freePort() {
  const server = createServer();
  await new Promise((done, failed) => server.once('error', failed).listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** Starts PayFlow, which browsers reach at `url`, with these settings (`IDENTITY__…`) and more arguments of `serve`. */
export async function startPayflow(port, url, settings, more = []) {
  const binary = process.env.PAYFLOW_BINARY;
  if (!binary) throw new Error('PAYFLOW_BINARY is not set: run `make test-browser`');
  const folder = await mkdtemp(join(tmpdir(), 'payflow-browser-'));
  // On a busy machine risk may take longer than it may in earnest; without an answer, a code is asked for.
  const env = { ...process.env, PAYFLOW__IDENTITY__PUBLIC_URL: url, PAYFLOW__PAYMENTS__RISK__DEADLINE_MS: '20000' };
  for (const [name, value] of Object.entries(settings)) env[`PAYFLOW__${name}`] = value;
  let end;
  /** Ends the process; its data stays. */
  const halt = () => end();
  /** Starts it on its data, and waits until it answers. */
  const goOn = async () => {
    const child = spawn(binary, ['serve', '--data', join(folder, 'data'), '--listen', `127.0.0.1:${port}`, ...more], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let log = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (log += text));
    const ended = new Promise((done) => child.once('exit', done));
    end = async () => {
      child.kill('SIGTERM');
      await ended;
    };
    const deadline = Date.now() + 60_000;
    for (;;) {
      if (child.exitCode !== null || Date.now() > deadline) {
        await stop();
        throw new Error(`PayFlow did not start:\n${log}`);
      }
      const ready = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => null);
      if (ready?.ok) break;
      await new Promise((done) => setTimeout(done, 50));
    }
  };
  const stop = async () => {
    await halt();
    await rm(folder, { recursive: true, force: true });
  };
  await goOn();
  /** Calls the API and gives status and JSON. */
  const call = async (method, path, body, token) => {
    const headers = { ...(body && { 'content-type': 'application/json' }), ...(token && { authorization: `Bearer ${token}` }) };
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    return { status: answer.status, body: text ? JSON.parse(text) : null };
  };
  /** The token of the link that was mailed to an address for its confirmation. */
  const mailedToken = async (email) => {
    const mails = join(folder, 'data', 'mail');
    const deadline = Date.now() + 20_000;
    for (;;) {
      const names = (await readdir(mails).catch(() => [])).filter((name) => name.endsWith('.eml'));
      const texts = await Promise.all(names.map((name) => readFile(join(mails, name), 'utf8')));
      const mail = texts.find((text) => text.includes(`To: ${email}\r\n`) && text.includes('verify-email?token='));
      if (mail) return mail.match(/verify-email\?token=(\S+)/)[1];
      if (Date.now() > deadline) throw new Error(`nothing was mailed to ${email}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  };
  /** The codes that were mailed to an address, the first one first, once there are so many. */
  const mailedCodes = async (email, count) => {
    const mails = join(folder, 'data', 'mail');
    const deadline = Date.now() + 20_000;
    for (;;) {
      const names = (await readdir(mails).catch(() => [])).filter((name) => name.endsWith('.eml')).sort();
      const texts = await Promise.all(names.map((name) => readFile(join(mails, name), 'utf8')));
      const codes = texts.filter((text) => text.includes(`To: ${email}\r\n`)).flatMap((text) => text.match(/^\d{6}(?=\r?$)/m) ?? []);
      if (codes.length >= count) return codes;
      if (Date.now() > deadline) throw new Error(`${codes.length} of ${count} codes were mailed to ${email}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  };
  /** Follows the link that was mailed to an address, as whoever has this token. */
  const confirm = async (email, token) => {
    const { status, body } = await call('POST', '/auth/verify-email', { token: await mailedToken(email) }, token);
    if (status !== 204) throw new Error(`${email} was not confirmed: ${JSON.stringify(body)}`);
  };
  /** The code that was last sent to a number by SMS. */
  const textedCode = async (number) => {
    const folderOfSms = join(folder, 'data', 'sms');
    const deadline = Date.now() + 20_000;
    for (;;) {
      const names = (await readdir(folderOfSms).catch(() => [])).filter((name) => name.endsWith('.txt')).sort();
      const texts = await Promise.all(names.map((name) => readFile(join(folderOfSms, name), 'utf8')));
      const code = texts.filter((text) => text.includes(number)).at(-1)?.match(/\b\d{6}\b/)?.[0];
      if (code) return code;
      if (Date.now() > deadline) throw new Error(`nothing was sent to ${number}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  };
  return { call, confirm, data: join(folder, 'data'), mailedCodes, mailedToken, textedCode, halt, goOn, stop };
}

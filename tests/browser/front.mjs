// The origin that browsers see: pages of the tests, and behind them PayFlow. As a web server in front of it would be.

import { once } from 'node:events';
import { createServer, request } from 'node:http';

/** Starts it. `pages` is a map of path to HTML, which may change at any time; everything else goes to PayFlow. */
export async function startFront(port, payflowPort, pages) {
  const server = createServer((asked, answer) => {
    const page = pages.get(new URL(asked.url, 'http://front').pathname);
    if (page) {
      answer.writeHead(200, { 'content-type': 'text/html' }).end(page);
      return;
    }
    const { url: path, method, headers } = asked;
    const onward = request({ host: '127.0.0.1', port: payflowPort, path, method, headers }, (came) => {
      answer.writeHead(came.statusCode, came.headers);
      came.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    asked.pipe(onward);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  // By name: WebAuthn takes no address.
  return { url: `http://localhost:${port}`, stop };
}

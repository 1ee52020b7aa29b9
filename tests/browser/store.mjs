// Statements on the embedded store of a running PayFlow, for what cannot be brought about from outside: by Node's own SQLite where it
// has one (22.5), else by Python's.

import { execFileSync } from 'node:child_process';

const PYTHON = `
import json, sqlite3, sys
file, sql, args = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
store = sqlite3.connect(file, timeout=20)
store.execute(sql, [bytes.fromhex(arg['hex']) if isinstance(arg, dict) else arg for arg in args])
store.commit()
`;

/** Carries out a statement; an argument `{hex}` is bytes. */
export function execute(file, sql, args) {
  const sqlite = process.getBuiltinModule?.('node:sqlite');
  if (sqlite) {
    const store = new sqlite.DatabaseSync(file, { timeout: 20_000 });
    store.prepare(sql).run(...args.map((arg) => (typeof arg === 'object' ? Buffer.from(arg.hex, 'hex') : arg)));
    store.close();
    return;
  }
  execFileSync('python3', ['-c', PYTHON, file, sql, JSON.stringify(args)]);
}

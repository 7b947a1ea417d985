import { createHmac } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { openConnection, readAnswerHead } from '../../../dev/bench/receiving/connection.ts';
import { COMPARISONS, CONTENDERS } from '../../../dev/bench/receiving/contenders.ts';
import { createDeliveries, type DeliveryPlan } from '../../../dev/bench/receiving/deliveries.ts';
import type { Measurement } from '../../../dev/bench/receiving/load.ts';
import { renderReport, reportOf } from '../../../dev/bench/receiving/report.ts';
import { workerdConfig } from '../../../dev/bench/receiving/workerd-config.ts';
import { parseBody } from '../../../shared/contract/parse.ts';

const PLAN: DeliveryPlan = {
  path: '/webhooks/spacelift',
  size: 'run',
  stacks: 2,
  secret: 'secret',
  signatureHeader: 'X-Signature-256',
  headers: { 'X-More': 'yes' },
};

function take(request: Buffer) {
  const text = request.toString();
  const end = text.indexOf('\r\n\r\n');
  const [first, ...lines] = text.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => line.split(': ')));
  return { first, headers, body: text.slice(end + 4) };
}

describe('createDeliveries()', () => {
  test('createDeliveries() makes whole requests that are signed and about a run each', () => {
    const requests = createDeliveries(PLAN, 10, 4).map(take);
    for (const { first, headers, body } of requests) {
      expect(first).toBe('POST /webhooks/spacelift HTTP/1.1');
      const mac = createHmac('sha256', 'secret').update(body).digest('hex');
      expect(headers).toMatchObject({
        'X-Signature-256': `sha256=${mac}`,
        'Content-Length': String(Buffer.byteLength(body)),
        'X-More': 'yes',
      });
    }
    expect(new Set(requests.map(({ body }) => body)).size).toBe(4);
    expect(requests.map(({ headers }) => headers['X-Stack'])).toEqual([
      'stack-0',
      'stack-1',
      'stack-0',
      'stack-1',
    ]);
  });

  test.each([
    ['run', 900, 1400],
    ['policy-input', 30_000, 36_000],
  ] as const)(
    'createDeliveries() makes a %s of %i to %i bytes that the edge can read',
    (size, least, most) => {
      const [request = Buffer.alloc(0)] = createDeliveries({ ...PLAN, size }, 3, 1);
      const { body } = take(request);
      expect(body.length).toBeGreaterThan(least);
      expect(body.length).toBeLessThan(most);
      const context = { account: null, bodyHash: '', receivedAt: 0 };
      expect(parseBody(new TextEncoder().encode(body), context)).toMatchObject({
        ok: true,
        value: {
          about: 'run',
          stackId: 'stack-1',
          state: 'FINISHED',
          runId: `01J${'3'.padStart(23, '0')}`,
        },
      });
    },
  );
});

describe('readAnswerHead()', () => {
  test('readAnswerHead() waits for the whole head', () => {
    expect(readAnswerHead('HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n')).toBeNull();
  });

  test('readAnswerHead() tells where the answer ends', () => {
    const head = 'HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\n';
    expect(readAnswerHead(`${head}{}`)).toEqual({ status: 202, length: head.length + 2 });
  });

  test('readAnswerHead() refuses an answer without a length', () => {
    expect(() => readAnswerHead('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')).toThrow(
      'Cannot read answer',
    );
  });
});

describe('openConnection()', () => {
  test('openConnection() reads answers that come in pieces, one after another, and tells of a lost one', async () => {
    const answers = [
      ['HTTP/1.1 202 Accepted\r\nContent-Le', 'ngth: 2\r\n\r\n{', '}'],
      ['HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n'],
    ];
    const answerIn = async (socket: Socket, pieces: readonly string[]) => {
      for (const piece of pieces) {
        socket.write(piece);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      if (answers.length === 0) socket.end();
    };
    const server = createServer((socket) => {
      socket.on('data', () => void answerIn(socket, answers.shift() ?? []));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const connection = await openConnection((server.address() as { port: number }).port);
    expect(await connection.ask(Buffer.from('first'))).toBe(202);
    expect(await connection.ask(Buffer.from('second'))).toBe(503);
    await expect(connection.ask(Buffer.from('third'))).rejects.toThrow('Cannot');
    connection.close();
    server.close();
  });
});

describe('workerdConfig()', () => {
  const settings = {
    port: 8080,
    module: 'index.js',
    compatibilityDate: '2026-10-01',
    compatibilityFlags: ['one', 'two'],
    variables: { SECRET: 'with "quotes"' },
    objects: [{ binding: 'INBOX', className: 'InboxObject' }],
    storageDirectory: '/somewhere/storage',
  };

  test('workerdConfig() names module, flags, bindings and objects that store on disk', () => {
    const text = workerdConfig(settings);
    for (const part of [
      'modules = [(name = "index.js", esModule = embed "index.js")]',
      'compatibilityDate = "2026-10-01"',
      'compatibilityFlags = ["one", "two"]',
      String.raw`(name = "SECRET", text = "with \"quotes\"")`,
      '(name = "INBOX", durableObjectNamespace = "InboxObject")',
      '(className = "InboxObject", uniqueKey = "InboxObject", enableSql = true)',
      'durableObjectStorage = (localDisk = "storage")',
      'disk = (path = "/somewhere/storage", writable = true)',
      'address = "127.0.0.1:8080"',
    ])
      expect(text).toContain(part);
  });
});

describe('reportOf()', () => {
  const measured = (requests: number, serverCpuMs: number | null): Measurement => ({
    requests,
    seconds: 2,
    p50Ms: 1,
    p99Ms: 2,
    serverCpuMs,
    clientCpuMs: 100,
  });
  const rowOf = (id: string, measurements: readonly Measurement[]) => {
    const contender = CONTENDERS.find((each) => each.id === id);
    if (contender === undefined) throw new Error(`Cannot find row ${id}`);
    return { contender, measurements };
  };

  test('reportOf() takes medians of rows, and ratios round by round', () => {
    const report = reportOf({
      rows: [
        rowOf('a', [measured(1000, 100), measured(4000, 100), measured(2000, 100)]),
        rowOf('b', [measured(800, 160), measured(800, 160), measured(1800, 180)]),
      ],
      skipped: [],
    });
    expect(report.rows.map(({ requestsPerSecond }) => requestsPerSecond)).toEqual([1000, 400]);
    expect(report.rows[0]?.serverCpuMicros).toBe(50);
    expect(report.ratios).toEqual([
      expect.objectContaining({
        of: 'b',
        to: 'a',
        ratio: 0.8,
        lowest: 0.2,
        highest: 0.9,
        isMet: true,
      }),
    ]);
    expect(report.ratios[0]?.cpuRatio).toBeCloseTo(0.5);
  });

  test('reportOf() has no figures of processor time where the system tells none', () => {
    const report = reportOf({
      rows: [rowOf('a', [measured(1000, null)]), rowOf('b', [measured(700, null)])],
      skipped: [],
    });
    expect(report.rows[0]).toMatchObject({ serverCpuMicros: null, serverCores: null });
    expect(report.ratios[0]).toMatchObject({ cpuRatio: null, isMet: false });
  });

  test('renderReport() shows aims beside ratios, and what was skipped', () => {
    const text = renderReport(
      reportOf({
        rows: [rowOf('b', [measured(2000, 200)]), rowOf('e', [measured(900, 100)])],
        skipped: [{ ...rowOf('f', []).contender }],
      }),
    );
    expect(text).toMatch(/b \/ e +2\.22 +2\.22 +2\.22 +1\.11 +≥ 2 +met/);
    expect(text).toContain('f: skipped, not installed');
  });
});

describe('COMPARISONS', () => {
  test('COMPARISONS are between rows that there are', () => {
    const ids = CONTENDERS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { of, to } of COMPARISONS) expect(ids).toEqual(expect.arrayContaining([of, to]));
  });
});

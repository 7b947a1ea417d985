import pino from 'pino';
import { describe, expect, test } from 'vitest';
import { toTemporalLogger } from '../../worker/log.ts';
import { type Line, startScript } from './processes.ts';

/** What a process prints that logs by this code; the log writes past every stream a test could catch. */
async function printed(level: string, code: string): Promise<readonly Line[]> {
  const script = `
    import { createLog, toTemporalLogger } from './worker/log.ts';
    const log = await createLog('starter', '${level}');
    const temporal = toTemporalLogger(log);
    ${code}`;
  const {
    code: exitCode,
    lines,
    stderr,
  } = await startScript('node', ['--input-type=module', '--eval', script]).ended;
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return lines;
}

describe('createLog()', () => {
  test('prints one JSON object a line, with level, part, time and message', async () => {
    const lines = await printed(
      'info',
      `log.info({ key: 'a\\nb' }, 'event forwarded'); log.warn('odd');`,
    );
    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        part: 'starter',
        key: 'a\nb',
        msg: 'event forwarded',
      },
      { level: 'warn', time: expect.any(String), part: 'starter', msg: 'odd' },
    ]);
  });

  test.each([
    ['trace', ['trace', 'debug', 'info', 'warn', 'error', 'fatal']],
    ['warn', ['warn', 'error', 'fatal']],
    ['silent', []],
  ])('prints from level %s on: %j', async (level, expected) => {
    const code = `for (const name of ['trace', 'debug', 'info', 'warn', 'error', 'fatal']) log[name]('x');`;
    expect((await printed(level, code)).map((line) => line['level'])).toEqual(expected);
  });

  test('prints every line, in order, when the process exits at once', async () => {
    const code = `for (let n = 0; n < 50; n += 1) log.info({ n }, 'x'.repeat(1000)); process.exit(0);`;
    const wanted = Array.from({ length: 50 }, (_, n) => n);
    for (const lines of await Promise.all(Array.from({ length: 6 }, () => printed('info', code))))
      expect(lines.map((line) => line['n'])).toEqual(wanted);
  });

  test('redacts secrets, at the top and one level down', async () => {
    const fields = ['secret', 'keySecret', 'jwt', 'authorization', 'Authorization', 'apiKey'];
    const secrets = JSON.stringify(Object.fromEntries(fields.map((name) => [name, 'S3CRET'])));
    const lines = await printed('info', `log.info({ ...${secrets}, config: ${secrets} }, 'x');`);
    expect(JSON.stringify(lines)).not.toContain('S3CRET');
    const redacted = Object.fromEntries(fields.map((name) => [name, '[redacted]']));
    expect(lines).toMatchObject([{ ...redacted, config: redacted }]);
  });
});

describe('toTemporalLogger()', () => {
  function createLogger() {
    const lines: Line[] = [];
    const log = pino(
      { level: 'trace', base: null, timestamp: false },
      {
        write: (line: string) => void lines.push(JSON.parse(line) as Line),
      },
    );
    return { logger: toTemporalLogger(log), lines };
  }

  test('has our words for the fields of the SDK, and drops what nobody needs', () => {
    const { logger, lines } = createLogger();
    logger.info('run triggered', {
      workflowId: 'spacelift/demo/app/lane',
      workflowRunId: '0197a6b1-aaaa-7bbb-8ccc-0123456789ab',
      workflowType: 'SpaceliftLaneWorkflow',
      activityType: 'triggerRun',
      activityId: '1',
      taskToken: 'dGVzdA==',
      isLocal: false,
      namespace: 'default',
      taskQueue: 'spacelift',
      sdkComponent: 'worker',
      attempt: 2,
      traceId: 'abc',
    });
    expect(lines).toEqual([
      {
        level: 30,
        executionId: 'spacelift/demo/app/lane',
        executionRunId: '0197a6b1-aaaa-7bbb-8ccc-0123456789ab',
        workflowType: 'SpaceliftLaneWorkflow',
        activity: 'triggerRun',
        attempt: 2,
        traceId: 'abc',
        msg: 'run triggered',
      },
    ]);
  });

  test.each([
    ['0197a6b1-aaaa-7bbb-8ccc-0123456789ab', 'executionRunId'],
    ['01JAV0R3Q4N6M7P8', 'runId'],
    ['0197A6B1-aaaa-7bbb-8ccc-0123456789ab', 'runId'],
    ['0197a6b1-aaaa-7bbb-8ccc-0123456789abc', 'runId'],
  ])('takes runId %s for %s', (runId, name) => {
    const { logger, lines } = createLogger();
    logger.warn('x', { runId });
    expect(lines).toEqual([{ level: 40, [name]: runId, msg: 'x' }]);
  });

  test('keeps the message of an error and drops every other object', () => {
    const { logger, lines } = createLogger();
    const error = Object.assign(new Error('activity failed'), { request: { secret: 'S3CRET' } });
    logger.error('x', { error, info: { payload: 'S3CRET' }, list: ['S3CRET'], nothing: null });
    expect(lines).toEqual([{ level: 50, error: 'activity failed', nothing: null, msg: 'x' }]);
  });

  test('knows every level of the SDK, by method and by name', () => {
    const { logger, lines } = createLogger();
    logger.trace('trace');
    logger.debug('debug');
    logger.info('info');
    logger.warn('warn');
    logger.error('error');
    for (const level of ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'UNHEARD-OF'])
      logger.log(level, 'by name');
    expect(lines.map((line) => line['level'])).toEqual([
      10, 20, 30, 40, 50, 10, 20, 30, 40, 50, 30,
    ]);
  });
});

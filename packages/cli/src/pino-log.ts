/** The Log port on pino: one JSON object a line on stderr, never a token or a password. */
import type { Log, LogFields } from '@medevac/kernel';
import { destination, type Logger, pino } from 'pino';

const SECRETS = ['password', 'token', 'secret', '*.password', '*.token', '*.secret'];
const STDERR = 2;

export function pinoLog(level: string): Log {
  const options = { level, base: { name: 'medevac' }, redact: SECRETS };
  return wrap(pino(options, destination({ fd: STDERR, sync: true })));
}

function wrap(logger: Logger): Log {
  const write =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (event: string, fields: LogFields = {}): void =>
      logger[level](fields, event);
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    with: (fields) => wrap(logger.child(fields)),
  };
}

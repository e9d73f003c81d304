/** Addresses of databases as operators have them, and what is wrong with others. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OperationalError } from '@medevac/kernel';
import { isServerUrl, locationOf, parseDatabaseUrl } from './database-url.ts';

const refusal = (url: string): OperationalError => {
  try {
    parseDatabaseUrl(url);
  } catch (error) {
    assert.ok(error instanceof OperationalError, String(error));
    return error;
  }
  throw new Error('it was taken');
};

describe('The address of a database', () => {
  it('is taken in every form that OpenStack services have it in', () => {
    const expected = {
      kind: 'mariadb',
      hosts: [{ host: '10.0.0.5', port: 3306 }],
      user: 'masakari',
      password: { kind: 'address', password: 'p@ss:/word' },
      database: 'masakari',
      poolSize: 10,
    };
    for (const scheme of ['mysql', 'mysql+pymysql', 'mariadb', 'MySQL+PyMySQL'])
      for (const end of ['', '?charset=utf8', '?charset=utf8mb4'])
        assert.deepEqual(
          parseDatabaseUrl(`${scheme}://masakari:p%40ss%3A%2Fword@10.0.0.5/masakari${end}`),
          expected,
        );
    const postgresql = parseDatabaseUrl('postgresql+psycopg2://m:x@db.example:6432/masakari');
    assert.equal(postgresql.kind, 'postgresql');
    assert.deepEqual(postgresql.hosts, [{ host: 'db.example', port: 6432 }]);
  });

  it('may name several hosts, IPv6 addresses and sockets', () => {
    const several = parseDatabaseUrl('mysql://m@a,b:3307,[fd00::1]:3308/x');
    assert.deepEqual(several.hosts, [
      { host: 'a', port: 3306 },
      { host: 'b', port: 3307 },
      { host: 'fd00::1', port: 3308 },
    ]);
    assert.equal(locationOf(several), 'MariaDB database x at a:3306, b:3307, fd00::1:3308');
    const socket = parseDatabaseUrl('mysql://m@localhost/x?unix_socket=/run/mysqld/mysqld.sock');
    assert.deepEqual([socket.socket, socket.hosts], ['/run/mysqld/mysqld.sock', []]);
    const directory = parseDatabaseUrl('postgresql://m@/x?host=/run/postgresql');
    assert.equal(locationOf(directory), 'PostgreSQL database x at /run/postgresql');
  });

  it('may leave the password to a file or a variable', () => {
    const { password: none } = parseDatabaseUrl('mysql://m@db/x');
    assert.deepEqual(none, { kind: 'none' });
    const { password: file } = parseDatabaseUrl('mysql://m@db/x?password_file=/etc/medevac/db');
    assert.deepEqual(file, { kind: 'file', path: '/etc/medevac/db' });
    const { password: variable } = parseDatabaseUrl('mysql://m@db/x?password_env=DB_PASSWORD');
    assert.deepEqual(variable, { kind: 'environment', variable: 'DB_PASSWORD' });
  });

  it('takes TLS as PyMySQL and libpq do, without falling back to plain', () => {
    const tls = (url: string) => parseDatabaseUrl(url).tls;
    assert.equal(tls('mysql://m@db/x'), undefined);
    const chain = { ca: '/ca.pem', verifiesChain: true, verifiesName: false };
    assert.deepEqual(tls('mysql://m@db/x?ssl_ca=/ca.pem'), chain);
    assert.deepEqual(tls('mysql://m@db/x?ssl_ca=/ca.pem&ssl_verify_identity=true'), {
      ...chain,
      verifiesName: true,
    });
    assert.deepEqual(tls('mysql://m@db/x?ssl=true'), { verifiesChain: false, verifiesName: false });
    assert.deepEqual(tls('postgresql://m@db/x?sslmode=verify-full&sslrootcert=/ca.pem'), {
      ...chain,
      verifiesName: true,
    });
    assert.equal(tls('postgresql://m@db/x?sslmode=disable'), undefined);
    assert.match(refusal('postgresql://m@db/x?sslmode=prefer').message, /sslmode is prefer/);
    assert.match(refusal('mysql://m@db/x?ssl_cert=/c.pem').message, /only one of ssl_cert/);
  });

  it('says what is wrong and never repeats the address', () => {
    const bad = [
      ['mysql://secret@/x', /"" is no HOST/],
      ['mysql://m:secret@db', /it must be mysql/],
      ['mysql://:secret@db/x', /names no user/],
      ['mysql://m:secret@db:99999/x', /port 99999/],
      ['mysql://m:secret@db/x?charset=latin1', /character set latin1/],
      ['mysql://m:secret@db/x?read_default_file=/etc/my.cnf', /parameter read_default_file; known/],
      ['mysql://m:secret@db/x?password_file=/etc/x', /more than one way/],
      ['mysql://m:secret@db/x?ssl_ca=ca.pem', /"ca.pem" is no absolute path/],
      ['mysql://m:secret@db/x?pool_size=0', /pool_size is 0/],
      ['mysql://m:secret%ZZ@db/x', /password is not percent-encoded/],
    ] as const;
    for (const [url, message] of bad) {
      const error = refusal(url);
      assert.equal(error.code, 'store_address_invalid', url);
      assert.match(error.message, message, url);
      assert.doesNotMatch(error.message, /secret/, url);
    }
  });

  it('is told from the address of a file', () => {
    assert.ok(isServerUrl('mariadb://x'));
    assert.ok(!isServerUrl('sqlite:/var/lib/medevac.db'));
  });
});

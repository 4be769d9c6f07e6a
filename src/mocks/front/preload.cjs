'use strict';
// Loaded by Node before a program (NODE_OPTIONS=--require): fetch and https of Node 20 know no HTTPS_PROXY, and packages
// with an HTTP client or a WebSocket of their own (undici, ws) do not in any Node. What would open TLS to a host opens it to
// Holdline's front instead, which tells hosts apart by the name in the handshake; plain http goes there too. Connections
// through a proxy of the program's own, to this machine and to NO_PROXY stay as they are.
const http = require('node:http');
const { syncBuiltinESMExports } = require('node:module');
const net = require('node:net');
const tls = require('node:tls');

const proxy = process.env.HTTPS_PROXY;
if (proxy) {
  const front = new URL(proxy);
  const around = (process.env.NO_PROXY || '').toLowerCase().split(',').map((host) => host.trim().replace(/^\*?\./, ''));
  const stays = (host) => around.some((one) => one && (host === one || host.endsWith('.' + one)));

  // The first options among the arguments of a connect call, which may begin with port and host.
  const read = (args) => {
    const found = args.find((one) => one !== null && typeof one === 'object');
    const options = { ...found };
    if (typeof args[0] === 'number' || (typeof args[0] === 'string' && /^\d+$/.test(args[0]))) {
      options.port = args[0];
      if (typeof args[1] === 'string') options.host = args[1];
    }
    return options;
  };
  const turn = (connect) =>
    function (...args) {
      const options = read(args);
      const host = String(options.host || 'localhost').toLowerCase().replace(/^\[|\]$/g, '');
      if (options.socket || options.path || options.socketPath || stays(host)) return connect.apply(this, args);
      options.servername ??= net.isIP(host) ? '' : host;
      options.host = front.hostname;
      options.port = Number(front.port);
      delete options.lookup;
      return connect.call(this, options, ...args.filter((one) => typeof one === 'function'));
    };
  tls.connect = turn(tls.connect);
  http.Agent.prototype.createConnection = turn(http.Agent.prototype.createConnection);
  // Clients that know no http.Agent. Other ports may speak anything, such as a database's protocol.
  const direct = net.connect;
  const turned = turn(direct);
  net.connect = net.createConnection = function (...args) {
    return (Number(read(args).port) === 80 ? turned : direct).apply(this, args);
  };
  // So that `import { connect } from 'node:tls'` sees it too.
  syncBuiltinESMExports();
}

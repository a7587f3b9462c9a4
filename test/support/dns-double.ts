/** A DNS server for tests: answers by UDP (RFC 1035) what it was given, and that all else is unknown. */

import { createSocket, type RemoteInfo } from 'node:dgram';
import dns from 'node:dns';
import { once } from 'node:events';

/** Texts by name; `NS <name>` for a name that has a name server. Null answers nothing at all. */
export type Zone = Readonly<Record<string, readonly string[]>> | null;

/** The name of the question, and where the question ends. */
function questionOf(packet: Buffer): { name: string; end: number } {
  const labels = [];
  let at = 12;
  for (let length = packet[at] ?? 0; length > 0; length = packet[at] ?? 0) {
    labels.push(packet.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 5 };
}

const types = { ns: 2, txt: 16 };

/** The data of a TXT record: pieces of up to 255 bytes, each after its length. */
function textData(text: string): Buffer {
  const pieces = text.match(/[\s\S]{1,200}/g) ?? [''];
  return Buffer.concat(
    pieces.flatMap((piece) => [Buffer.from([piece.length]), Buffer.from(piece)]),
  );
}

function answerTo(packet: Buffer, zone: Exclude<Zone, null>): Buffer {
  const { name, end } = questionOf(packet);
  const type = packet.readUInt16BE(end - 4);
  const found = (type === types.ns ? zone[`NS ${name}`] : zone[name]) ?? [];
  const head = Buffer.alloc(12);
  packet.copy(head, 0, 0, 2);
  // An answer, recursion available; 3 is NXDOMAIN.
  head.writeUInt16BE(found.length > 0 ? 0x8180 : 0x8183, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(found.length, 6);
  const records = found.map((text) => {
    const data = type === types.ns ? Buffer.from([1, 0x61, 0]) : textData(text);
    const fixed = Buffer.alloc(12);
    fixed.writeUInt16BE(0xc00c, 0);
    fixed.writeUInt16BE(type, 2);
    fixed.writeUInt16BE(1, 4);
    fixed.writeUInt16BE(data.length, 10);
    return Buffer.concat([fixed, data]);
  });
  return Buffer.concat([head, packet.subarray(12, end), ...records]);
}

/** Has this process ask the double instead of the system's DNS, until `close`. */
export async function openDnsDouble(): Promise<{ zone: Zone; close(): Promise<void> }> {
  const before = dns.getServers();
  const socket = createSocket('udp4');
  const double = {
    zone: {} as Zone,
    async close() {
      dns.setServers(before);
      socket.close();
      await once(socket, 'close');
    },
  };
  socket.on('message', (packet: Buffer, { port, address }: RemoteInfo) => {
    if (double.zone !== null) socket.send(answerTo(packet, double.zone), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  dns.setServers([`127.0.0.1:${socket.address().port}`]);
  return double;
}

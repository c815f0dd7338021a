/** A name server on loopback, so that tests resolve names by the real protocol: https://www.rfc-editor.org/rfc/rfc1035#section-4 */
import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import type { ResolvedAddress } from "@lumiverse/connections/node";

export interface DnsServer {
  /** Asks this server for both kinds of addresses. */
  lookup(host: string): Promise<ResolvedAddress[]>;
  /** How often each name was asked for, both kinds counted once. */
  readonly asked: ReadonlyMap<string, number>;
  close(): void;
}

/** @param addressesOf All addresses of a name. @param addressesOf.times How often it was asked for before */
export async function startDnsServer(addressesOf: (name: string, times: number) => readonly string[]): Promise<DnsServer> {
  const asked = new Map<string, number>();
  const socket = createSocket("udp4");
  const port = await new Promise<number>((resolve) => socket.bind(0, "127.0.0.1", () => resolve(socket.address().port)));
  let now: readonly string[] = [];
  socket.on("message", (query, { address, port: sender }) => {
    // The name is a row of labels with their lengths; a length of 0 ends it.
    let at = 12;
    while ((query[at] ?? 0) > 0) at += (query[at] ?? 0) + 1;
    const question = query.subarray(12, at + 5);
    const isIPv6 = query.readUInt16BE(at + 1) === 28;
    const matching = now.filter((one) => one.includes(":") === isIPv6);
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(0x8180, 2);
    header.writeUInt16BE(matching.length, 6);
    header.writeUInt16BE(0, 8);
    header.writeUInt16BE(0, 10);
    const answers = matching.map((one) => {
      const data = bytesOf(one);
      return Buffer.concat([Buffer.from([0xc0, 12, 0, isIPv6 ? 28 : 1, 0, 1, 0, 0, 0, 0, 0, data.length]), data]);
    });
    socket.send(Buffer.concat([header, question, ...answers]), sender, address);
  });
  const resolver = new Resolver({ timeout: 5000, tries: 2 });
  resolver.setServers([`127.0.0.1:${port}`]);
  return {
    asked,
    async lookup(host) {
      const times = asked.get(host) ?? 0;
      asked.set(host, times + 1);
      now = addressesOf(host, times);
      const [four, six] = await Promise.all([resolver.resolve4(host).catch(() => []), resolver.resolve6(host).catch(() => [])]);
      return [...four.map((address) => ({ address, family: 4 })), ...six.map((address) => ({ address, family: 6 }))];
    },
    close: () => socket.close(),
  };
}

function bytesOf(address: string): Buffer {
  if (!address.includes(":")) return Buffer.from(address.split(".").map(Number));
  const [front = "", back] = address.split("::");
  const groups = (text: string): number[] => (text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16)));
  const [before, after] = [groups(front), groups(back ?? "")];
  const all = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 255]));
}

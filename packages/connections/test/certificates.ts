/** Real certificates of an authority of the tests, which this process trusts. Made with OpenSSL. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import tls from "node:tls";
import { hasProgram, outputOf } from "../../core/test/support/programs.ts";

/** False where there is no OpenSSL, or where Node cannot trust another authority at runtime. */
export const canMakeCertificates: boolean = hasProgram("openssl") && "setDefaultCACertificates" in tls;

export interface CertificateWish {
  /** The name or IP address on it, as OpenSSL writes it. */
  host: "IP:127.0.0.1" | "DNS:elsewhere.example";
  from: Date;
  until: Date;
  /** Signs itself, so that nobody trusts it. */
  isSelfSigned?: boolean;
}

const DAY = 86_400_000;
/** A certificate that is valid now. */
export const valid: CertificateWish = { host: "IP:127.0.0.1", from: new Date(Date.now() - DAY), until: new Date(Date.now() + DAY) };

export interface Certificate {
  key: string;
  cert: string;
}

/** Makes certificates in a folder. */
export function certificateMaker(folder: string): (wish: CertificateWish) => Certificate {
  const openssl = (...args: string[]): void => void outputOf("openssl", args, { cwd: folder });
  mkdirSync(join(folder, "issued"));
  writeFileSync(join(folder, "index.txt"), "");
  writeFileSync(join(folder, "serial"), "01");
  writeFileSync(join(folder, "authority.cnf"), AUTHORITY);
  openssl(
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-keyout",
    "authority.key",
    "-out",
    "authority.pem",
    "-days",
    "30",
    "-subj",
    "/CN=Tests",
  );
  trust(readFileSync(join(folder, "authority.pem"), "utf8"));
  openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=server");
  return ({ host, from, until, isSelfSigned = false }) => {
    writeFileSync(join(folder, "names.cnf"), `subjectAltName=${host}\n`);
    const times = ["-startdate", openSSLTime(from), "-enddate", openSSLTime(until)];
    const signer = isSelfSigned ? ["-selfsign", "-keyfile", "server.key"] : ["-cert", "authority.pem", "-keyfile", "authority.key"];
    openssl(
      "ca",
      "-config",
      "authority.cnf",
      "-batch",
      "-notext",
      "-in",
      "server.csr",
      "-out",
      "server.pem",
      "-extfile",
      "names.cnf",
      ...signer,
      ...times,
    );
    return { key: readFileSync(join(folder, "server.key"), "utf8"), cert: readFileSync(join(folder, "server.pem"), "utf8") };
  };
}

const AUTHORITY = `[ca]
default_ca = tests
[tests]
database = index.txt
new_certs_dir = issued
serial = serial
default_md = sha256
policy = names
unique_subject = no
[names]
commonName = supplied
`;

function trust(authority: string): void {
  tls.setDefaultCACertificates([...tls.getCACertificates("default"), authority]);
}

/** Such as `20261130120000Z`. */
function openSSLTime(date: Date): string {
  return `${date.toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`;
}

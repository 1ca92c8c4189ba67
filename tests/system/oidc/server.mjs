// An authorization server (oidc-provider) and, behind it, an interface that takes its tokens. Prints its port. Arguments: folder of the installed packages, file of a JSON object with
// "secret" and, for clients that prove themselves by a key, "keys": client id -> public key (PEM).
import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [packages, file] = process.argv.slice(2);
const given = JSON.parse(readFileSync(file, "utf8"));
const find = createRequire(pathToFileURL(packages + "/server.mjs"));
const { default: Provider } = await import(pathToFileURL(find.resolve("oidc-provider")).href);

const plain = { grant_types: ["client_credentials"], redirect_uris: [], response_types: [], scope: "thongke" };
const clients = [
        { ...plain, client_id: "by-basic", client_secret: given.secret, token_endpoint_auth_method: "client_secret_basic" },
        { ...plain, client_id: "by-body", client_secret: given.secret, token_endpoint_auth_method: "client_secret_post" },
];
for (const [client_id, pem] of Object.entries(given.keys)) {
        const key = createPublicKey(pem);
        clients.push({
                ...plain, client_id, token_endpoint_auth_method: "private_key_jwt", token_endpoint_auth_signing_alg: key.asymmetricKeyType === "ec" ? "ES256" : "RS256",
                jwks: { keys: [key.export({ format: "jwk" })] },
        });
}

let provider, callback, pages = 0, tokens = 0;

function say(response, status, body, headers = {}) {
        response.writeHead(status, { "Content-Type": "application/json", ...headers });
        response.end(JSON.stringify(body));
}

// Pages of one record each; the token of the first request for page 2 is revoked there and then.
async function api(request, response) {
        const url = new URL(request.url, "http://localhost");
        const page = Number(url.searchParams.get("page"));
        const token = await provider.ClientCredentials.find((request.headers.authorization ?? "").replace(/^Bearer /, ""));
        if (!token?.isValid || !(token.scope ?? "").split(" ").includes("thongke"))
                return say(response, 401, { error: "invalid_token" }, { "WWW-Authenticate": 'Bearer error="invalid_token"' });
        if (page === 2 && pages++ === 0) {
                await token.destroy();
                return say(response, 401, { error: "invalid_token" }, { "WWW-Authenticate": 'Bearer error="invalid_token"' });
        }
        return say(response, 200, { rows: page <= 3 ? [{ value: page }] : [] });
}

const server = createServer((request, response) => {
        if (request.url === "/count")
                return say(response, 200, { tokens });
        if (request.url.startsWith("/api"))
                return api(request, response);
        return callback(request, response);
});
server.listen(0, "127.0.0.1", () => {
        const issuer = `http://127.0.0.1:${server.address().port}`;
        provider = new Provider(issuer, {
                clients, scopes: ["thongke"], features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } }, ttl: { ClientCredentials: 600 },
                clientAuthMethods: ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        });
        provider.on("client_credentials.issued", () => { tokens++; });
        provider.on("grant.success", () => { tokens++; });
        callback = provider.callback();
        console.log(server.address().port);
});

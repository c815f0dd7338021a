import { beginSignIn } from "@lumiverse/core";
import { expect, it } from "vitest";
import { nanogpt } from "../src/provider.ts";

it("sign-in requests the scope and reads the key under either name", async () => {
  for (const name of ["key", "access_token"]) {
    let sent: unknown;
    const begun = await beginSignIn(nanogpt, {
      callback: "http://localhost:4000/back",
      fetch: (url, init) => {
        expect(String(url)).toBe("https://nano-gpt.com/api/v1/auth/keys");
        sent = JSON.parse(String(init?.body));
        return Promise.resolve(Response.json({ [name]: "sk-nano-quay" }));
      },
    });
    const { searchParams } = new URL(begun.url);
    expect(searchParams.get("scope")).toBe("api.use models.read");
    expect(searchParams.get("callback_url")).toBe(begun.callback);
    expect(begun.callback).toContain(searchParams.get("state") ?? "no state");
    expect(await begun.finish(`${begun.callback}?code=once&state=${searchParams.get("state")}`)).toEqual({ key: "sk-nano-quay" });
    expect(sent).toMatchObject({ grant_type: "authorization_code", code: "once" });
  }
});

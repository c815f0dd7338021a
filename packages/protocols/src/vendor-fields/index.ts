/**
 * The vendor's own fields in the messages of the four protocols. A gateway passes this as `vendorFields` of a request. An entry point of its own, so that
 * applications that do not need it do not bundle it.
 */
import type { VendorFieldsSource } from "@lumiverse/core/provider";
import type { Dialect } from "../chat-completions/dialect.ts";
import type { ResponsesDialect } from "../responses/dialect.ts";
import { chatFields } from "./chat-completions.ts";
import { failureFields } from "./failure.ts";
import { FieldSeparator } from "./field-rules.ts";
import { generateContentFields } from "./generate-content.ts";
import { messagesFields } from "./messages.ts";
import { ResponsesFields } from "./responses.ts";

export const vendorFields: VendorFieldsSource = {
  open(protocol, dialect = {}) {
    switch (protocol) {
      case "chat-completions":
        return new FieldSeparator({ rule: chatFields(dialect as Dialect), looksAt: ["choices"] }); // the reader of this protocol passes its dialect
      case "responses":
        return new ResponsesFields(dialect as ResponsesDialect); // as above
      case "messages":
        return new FieldSeparator({
          rule: messagesFields(),
          looksAt: ["type", "index", "delta", "content_block", "message", "usage", "content", "stop_reason"],
        });
      case "generate-content":
        return new FieldSeparator({ rule: generateContentFields, looksAt: ["candidates"] });
      default:
        return undefined;
    }
  },
  failure: failureFields,
};

export type {
  AnswerHead,
  ClientRequest,
  InboundProtocol,
  InboundProtocolId,
  ParsedRequest,
  StreamWriter,
  WrittenBody,
} from "./inbound/protocol.ts";

// Spans of a call, on the console.
import "@lumiverse/groq";
import { connect } from "@lumiverse/core";
import { telemetry } from "@lumiverse/toolkit/telemetry";
import { BasicTracerProvider, ConsoleSpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";

const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(new ConsoleSpanExporter())] });
const groq = connect("groq", { observe: telemetry({ tracerProvider }) });
await groq.generate({ model: "openai/gpt-oss-20b", messages: [{ role: "user", content: "Is the wheel turning?" }] });
await tracerProvider.forceFlush();

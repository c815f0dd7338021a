// Spans of a call, on the console.
import "@lumiverse/groq";
import { connect } from "@lumiverse/core";
import { withTelemetry } from "@lumiverse/toolkit/telemetry";
import { BasicTracerProvider, ConsoleSpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";

const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(new ConsoleSpanExporter())] });
const groq = withTelemetry(connect("groq"), { tracerProvider });
await groq.generate({ model: "openai/gpt-oss-20b", messages: [{ role: "user", content: "Is the wheel turning?" }] });
await tracerProvider.forceFlush();

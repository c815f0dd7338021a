import { Center, Loader } from "@mantine/core";
import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { Redirect, Route, Switch, useRoute } from "wouter";
import { ApiFailure, SIGNED_OUT } from "./api/client.ts";
import { useConnections, useInfo } from "./api/queries.ts";
import { ChatProvider } from "./chat/chat-provider.tsx";
import { ConnectionsPage } from "./connections/connections-page.tsx";
import { SignInReturn } from "./connections/sign-in-return.tsx";
import { ConversationsProvider } from "./conversations/conversations-provider.tsx";
import { KeysPage } from "./keys/keys-page.tsx";
import { LogsPage } from "./logs/logs-page.tsx";
import { Confirmation } from "./shared/confirm.tsx";
import { Failure } from "./shared/failure.tsx";
import { SessionPage } from "./shell/session-page.tsx";
import { Shell } from "./shell/shell.tsx";
import { takeToken } from "./shell/token.ts";

// Chat, forms and charts are large, and no visit needs all of them.
const ConversationHost = lazy(() =>
  import("./conversations/conversation-host.tsx").then((module) => ({ default: module.ConversationHost })),
);
const TransferPage = lazy(() => import("./connections/transfer-page.tsx").then((module) => ({ default: module.TransferPage })));
const ConnectionPage = lazy(() => import("./connections/connection-page.tsx").then((module) => ({ default: module.ConnectionPage })));
const NewConnectionPage = lazy(() =>
  import("./connections/new-connection-page.tsx").then((module) => ({ default: module.NewConnectionPage })),
);
const UsagePage = lazy(() => import("./usage/usage-page.tsx").then((module) => ({ default: module.UsagePage })));

/** Taken once, before anything is drawn: the token leaves the address bar. */
const token = takeToken();

export function App(): ReactNode {
  const [signedOut, setSignedOut] = useState<ApiFailure | undefined>();
  const [opening, setOpening] = useState(token !== undefined);
  useEffect(() => {
    const onSignedOut = (event: Event): void => {
      if (event instanceof CustomEvent && event.detail instanceof ApiFailure) setSignedOut(event.detail);
    };
    window.addEventListener(SIGNED_OUT, onSignedOut);
    return () => window.removeEventListener(SIGNED_OUT, onSignedOut);
  }, []);
  if (opening || signedOut !== undefined)
    return (
      <SessionPage
        token={opening ? token : undefined}
        reason={signedOut}
        onOpen={() => {
          setOpening(false);
          setSignedOut(undefined);
        }}
        onFailed={(failure) => {
          setOpening(false);
          setSignedOut(failure);
        }}
      />
    );
  return <Pages />;
}

function Pages(): ReactNode {
  const info = useInfo();
  const [isChat] = useRoute("/chat/:id?");
  // A conversation goes on while other pages are shown.
  const [hasChatted, setChatted] = useState(false);
  if (isChat && !hasChatted) setChatted(true);
  if (info.isPending) return <Waiting />;
  if (info.isError) return <Failure error={info.error} title="The console cannot reach the gateway" />;
  return (
    <ChatProvider>
      <ConversationsProvider>
        <Shell info={info.data}>
          <Suspense fallback={<Waiting />}>
            <Switch>
              <Route path="/">
                <FirstPage />
              </Route>
              <Route path="/chat/:id?" />
              <Route path="/connections">
                <ConnectionsPage info={info.data} />
              </Route>
              <Route path="/connections/new/:provider?">{({ provider }) => <NewConnectionPage provider={provider} />}</Route>
              <Route path="/connections/transfer">
                <TransferPage />
              </Route>
              <Route path="/connections/:id">{({ id }) => <ConnectionPage key={id} id={id} />}</Route>
              <Route path="/sign-in/:nonce">
                <SignInReturn />
              </Route>
              <Route path="/usage">
                <UsagePage info={info.data} />
              </Route>
              <Route path="/keys">
                <KeysPage info={info.data} />
              </Route>
              <Route path="/logs">
                <LogsPage />
              </Route>
              <Route>
                <Redirect to="/" replace />
              </Route>
            </Switch>
          </Suspense>
          <Suspense fallback={isChat ? <Waiting /> : null}>{isChat || hasChatted ? <ConversationHost /> : null}</Suspense>
        </Shell>
        <Confirmation />
      </ConversationsProvider>
    </ChatProvider>
  );
}

/** Without a connection a person connects first; otherwise they chat. */
function FirstPage(): ReactNode {
  const connections = useConnections();
  if (connections.isPending) return <Waiting />;
  return <Redirect to={connections.data === undefined || connections.data.length === 0 ? "/connections" : "/chat"} replace />;
}

function Waiting(): ReactNode {
  return (
    <Center h="60vh">
      <Loader aria-label="Loading" />
    </Center>
  );
}

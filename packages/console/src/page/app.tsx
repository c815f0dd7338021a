import type { AdminInfo } from "@lumiverse/gateway/admin";
import { Center } from "@mantine/core";
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from "react";
import { Redirect, Route, Switch, useRoute } from "wouter";
import { ApiFailure, SIGNED_OUT, type SignedOut } from "./api/client.ts";
import { useConnections, useInfo } from "./api/queries.ts";
import { ChatProvider } from "./chat/chat-provider.tsx";
import { SignInReturn } from "./connections/sign-in-return.tsx";
import { ConversationsProvider, useConversations } from "./conversations/conversations-provider.tsx";
import { Confirmation } from "./shared/confirm.tsx";
import { Progress, Waiting } from "./shared/waiting.tsx";
import { SessionPage } from "./shell/session-page.tsx";
import { Shell } from "./shell/shell.tsx";
import { takeToken } from "./shell/token.ts";

// No visit needs all pages, and those with the chat, forms and charts are large.
const ConversationHost = lazy(() =>
  import("./conversations/conversation-host.tsx").then((module) => ({ default: module.ConversationHost })),
);
const TransferPage = lazy(() => import("./connections/transfer-page.tsx").then((module) => ({ default: module.TransferPage })));
const ConnectionPage = lazy(() => import("./connections/connection-page.tsx").then((module) => ({ default: module.ConnectionPage })));
const NewConnectionPage = lazy(() =>
  import("./connections/new-connection-page.tsx").then((module) => ({ default: module.NewConnectionPage })),
);
const ConnectionsPage = lazy(() => import("./connections/connections-page.tsx").then((module) => ({ default: module.ConnectionsPage })));
const KeysPage = lazy(() => import("./keys/keys-page.tsx").then((module) => ({ default: module.KeysPage })));
const LogsPage = lazy(() => import("./logs/logs-page.tsx").then((module) => ({ default: module.LogsPage })));
const UsagePage = lazy(() => import("./usage/usage-page.tsx").then((module) => ({ default: module.UsagePage })));

const SESSION_ENDED = new ApiFailure(401, {
  code: "signed-out",
  message: "Your session has ended. Nothing is lost: sign in, and the page goes on where it was.",
});

/** Taken once, before anything is drawn: the token leaves the address bar. */
const token = takeToken();

export function App(): ReactNode {
  /** Null: nobody has signed in yet, which needs no explanation. */
  const [signedOut, setSignedOut] = useState<ApiFailure | null | undefined>();
  const wasOpen = useRef(false);
  const [opening, setOpening] = useState(token !== undefined);
  useEffect(() => {
    const onSignedOut = (event: Event): void => {
      // Only `send` fires it.
      const { failure, isRefusal } = (event as CustomEvent<SignedOut>).detail;
      setSignedOut(isRefusal ? failure : wasOpen.current ? SESSION_ENDED : null);
    };
    window.addEventListener(SIGNED_OUT, onSignedOut);
    return () => window.removeEventListener(SIGNED_OUT, onSignedOut);
  }, []);
  if (opening || signedOut !== undefined)
    return (
      <SessionPage
        token={opening ? token : undefined}
        reason={signedOut ?? undefined}
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
  return (
    <Pages
      onOpen={() => {
        wasOpen.current = true;
      }}
    />
  );
}

function Pages({ onOpen }: { onOpen: () => void }): ReactNode {
  const info = useInfo();
  useEffect(() => {
    if (info.isSuccess) onOpen();
  });
  const [isChat] = useRoute("/chat/:id?");
  // A conversation goes on while other pages are shown.
  const [hasChatted, setChatted] = useState(false);
  if (isChat && !hasChatted) setChatted(true);
  if (info.data === undefined)
    return (
      <Center mih="100vh" p="md" component="main">
        <Waiting query={info} what="the console" />
      </Center>
    );
  return (
    <ChatProvider>
      <ConversationsProvider>
        <PageFrame info={info.data}>
          <Suspense fallback={<Progress what="the page" />}>
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
          <Suspense fallback={isChat ? <Progress what="the chat" /> : null}>{isChat || hasChatted ? <ConversationHost /> : null}</Suspense>
        </PageFrame>
        <Confirmation />
      </ConversationsProvider>
    </ChatProvider>
  );
}

function PageFrame({ info, children }: { info: AdminInfo; children: ReactNode }): ReactNode {
  const { path } = useConversations();
  return (
    <Shell info={info} chatPath={path}>
      {children}
    </Shell>
  );
}

/** Without a connection a person connects first; otherwise they chat. */
function FirstPage(): ReactNode {
  const connections = useConnections();
  if (connections.isPending) return <Progress what="connections" />;
  return <Redirect to={connections.data === undefined || connections.data.length === 0 ? "/connections" : "/chat"} replace />;
}

import type { AdminInfo } from "@lumiverse/gateway/admin";
import { Button, Center } from "@mantine/core";
import { lazy, type ReactNode, Suspense, useCallback, useEffect, useRef, useState } from "react";
import { Link, Redirect, Route, Switch, useRoute } from "wouter";
import { ApiFailure, SIGNED_OUT, type SignedOut } from "./api/client.ts";
import { useConnections, useInfo } from "./api/queries.ts";
import { ChatProvider } from "./chat/chat-provider.tsx";
import { SignInReturn } from "./connections/sign-in-return.tsx";
import { ConversationsProvider, useConversations } from "./conversations/conversations-provider.tsx";
import { Confirmation } from "./shared/confirm.tsx";
import { PageHeader } from "./shared/page-header.tsx";
import { Progress, Waiting } from "./shared/waiting.tsx";
import { SessionPage } from "./shell/session-page.tsx";
import { Shell } from "./shell/shell.tsx";
import { takeToken } from "./shell/token.ts";

// A page is loaded when it is first shown: those with the chat, forms and charts are large.
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
  message: "Your session has ended. Nothing is lost. Sign in to continue.",
});

/** Read before anything is drawn, so that the token leaves the address bar at once. */
const token = takeToken();

export function App(): ReactNode {
  const [opening, setOpening] = useState(token !== undefined);
  const { signedOut, setSignedOut, onSession } = useSignedOut();
  if (!opening && signedOut === undefined) return <Console onOpen={onSession} />;
  const end = (failure?: ApiFailure): void => {
    setOpening(false);
    setSignedOut(failure);
  };
  return <SessionPage token={opening ? token : undefined} reason={signedOut ?? undefined} onOpen={() => end()} onFailed={end} />;
}

interface SignedOutState {
  /** Why a session is needed. `null`: nobody has signed in yet. `undefined`: none is needed now. */
  signedOut: ApiFailure | null | undefined;
  setSignedOut: (failure: ApiFailure | undefined) => void;
  /** To be called when a request has shown that a session is open. */
  onSession: () => void;
}

/** Listens for requests that are refused without a session. */
function useSignedOut(): SignedOutState {
  const [signedOut, setSignedOut] = useState<ApiFailure | null | undefined>();
  const hadSession = useRef(false);
  useEffect(() => {
    const onSignedOut = (event: Event): void => {
      const { failure, isRefusal } = (event as CustomEvent<SignedOut>).detail; // only `send` fires it
      setSignedOut(isRefusal ? failure : hadSession.current ? SESSION_ENDED : null);
    };
    window.addEventListener(SIGNED_OUT, onSignedOut);
    return () => window.removeEventListener(SIGNED_OUT, onSignedOut);
  }, []);
  const onSession = useCallback(() => {
    hadSession.current = true;
  }, []);
  return { signedOut, setSignedOut, onSession };
}

/** The console, once a session is open. */
function Console({ onOpen }: { onOpen: () => void }): ReactNode {
  const info = useInfo();
  useEffect(() => {
    if (info.isSuccess) onOpen();
  });
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
            <Pages info={info.data} />
          </Suspense>
          <Chat />
        </PageFrame>
        <Confirmation />
      </ConversationsProvider>
    </ChatProvider>
  );
}

function Pages({ info }: { info: AdminInfo }): ReactNode {
  return (
    <Switch>
      <Route path="/">
        <FirstPage />
      </Route>
      {/* `Chat` shows this page. */}
      <Route path="/chat/:id?" />
      <Route path="/connections">
        <ConnectionsPage info={info} />
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
        <UsagePage info={info} />
      </Route>
      <Route path="/keys">
        <KeysPage info={info} />
      </Route>
      <Route path="/logs">
        <LogsPage />
      </Route>
      <Route>
        <NotFound />
      </Route>
    </Switch>
  );
}

function NotFound(): ReactNode {
  return (
    <div className="page">
      <PageHeader title="There is no such page" text="The address is misspelled, or the page is gone.">
        <Button component={Link} href="/" variant="light">
          Go to the first page
        </Button>
      </PageHeader>
    </div>
  );
}

/** The chat. After the first visit it stays drawn, so that an answer goes on arriving while other pages are shown. */
function Chat(): ReactNode {
  const [isChat] = useRoute("/chat/:id?");
  const [hasChatted, setChatted] = useState(false);
  if (isChat && !hasChatted) setChatted(true);
  return <Suspense fallback={isChat ? <Progress what="the chat" /> : null}>{isChat || hasChatted ? <ConversationHost /> : null}</Suspense>;
}

function PageFrame({ info, children }: { info: AdminInfo; children: ReactNode }): ReactNode {
  const { path } = useConversations();
  return (
    <Shell info={info} chatPath={path}>
      {children}
    </Shell>
  );
}

/** Leads to the chat, or to the connections while there are none. */
function FirstPage(): ReactNode {
  const connections = useConnections();
  if (connections.isPending) return <Progress what="connections" />;
  return <Redirect to={connections.data === undefined || connections.data.length === 0 ? "/connections" : "/chat"} replace />;
}

import { Dropdown, Field, MessageBar, MessageBarBody, Option } from "@fluentui/react-components";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf, api } from "../../api/client";
import { sentenceOf } from "../../api/problem";
import { useNotify } from "../../components/ui/notify";
import styles from "./admin-page.module.css";

const orderKey = ["admin", "list-order"];

/** By whose alphabet Contacts are sorted (D3), and whether people are still being put in their places. */
export function ListOrderSection() {
  const client = useQueryClient();
  const notify = useNotify();
  const order = useQuery({
    queryKey: orderKey,
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/admin/list-order", { signal })),
    refetchInterval: (query) => (query.state.data?.is_sorting === true ? 3_000 : false),
  });
  const change = useMutation({
    mutationFn: (locale: string) => answerOf(api.PUT("/api/v1/admin/list-order", { body: { locale } })),
    onSuccess: (fresh) => {
      client.setQueryData(orderKey, fresh);
    },
    onError: (error) => {
      notify("error", "The order was not changed.", sentenceOf(error));
    },
  });
  const alphabets = order.data?.alphabets ?? [];
  const chosen = alphabets.find(({ locale }) => locale === order.data?.locale);
  return (
    <section className={styles.section} aria-labelledby="list-order">
      <div className={styles.head}>
        <h2 id="list-order">Order of Contacts</h2>
      </div>
      <p className={styles.muted}>
        Names are sorted as people expect who look them up in a list of this language: in Swedish Å, Ä and Ö come after
        Z, in German Ä stands with A. It is the same for everyone in the organization.
      </p>
      {order.isError ? (
        <MessageBar intent="error">
          <MessageBarBody>{sentenceOf(order.error)}</MessageBarBody>
        </MessageBar>
      ) : (
        <Field label="Alphabet" hint={order.data?.is_sorting === true ? "People are being put in their new places." : ""}>
          <Dropdown
            value={chosen?.language ?? ""}
            selectedOptions={chosen === undefined ? [] : [chosen.locale]}
            disabled={chosen === undefined || change.isPending}
            onOptionSelect={(_, { optionValue }) => {
              if (optionValue !== undefined && optionValue !== chosen?.locale) change.mutate(optionValue);
            }}
          >
            {alphabets.map(({ locale, language }) => (
              <Option key={locale} value={locale}>
                {language}
              </Option>
            ))}
          </Dropdown>
        </Field>
      )}
    </section>
  );
}

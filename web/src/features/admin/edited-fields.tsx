import { Checkbox, Field, Input, type FieldProps, type InputProps } from "@fluentui/react-components";

interface TextProps
  extends Pick<FieldProps, "hint" | "validationState" | "validationMessage" | "className">,
    Pick<InputProps, "type" | "autoComplete" | "placeholder" | "min" | "max"> {
  label: string;
  value: string;
  onValue: (value: string) => void;
}

/** One line of a form whose state is `useEdited`; browsers do not fill it in by themselves unless told. */
export function TextField({ label, hint, validationState, validationMessage, className, onValue, ...input }: TextProps) {
  return (
    <Field {...{ label, hint, validationState, validationMessage, className }}>
      <Input
        autoComplete="off"
        {...input}
        onChange={(_, { value }) => {
          onValue(value);
        }}
      />
    </Field>
  );
}

interface TickProps {
  label: string;
  isOn: boolean;
  onTurn: (isOn: boolean) => void;
}

/** A yes or no of such a form. */
export function Tick({ label, isOn, onTurn }: TickProps) {
  return (
    <Checkbox
      label={label}
      checked={isOn}
      onChange={(_, { checked }) => {
        onTurn(checked === true);
      }}
    />
  );
}

/** What is listed in a field, with spaces, commas or semicolons between. */
export function listedIn(value: string): string[] {
  return value.split(/[\s,;]+/).filter((each) => each !== "");
}

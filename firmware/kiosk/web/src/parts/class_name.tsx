interface OfClass {
  class: string;
  class_name: string;
}

/** The class of somebody out of a list of people where there are several: two of one number and name look alike else. */
export function classOf(who: OfClass, people: OfClass[]): string {
  return people.some((one) => one.class !== who.class) ? who.class_name : '';
}

export function ClassName({ who, people }: { who: OfClass; people: OfClass[] }) {
  const name = classOf(who, people);
  return name === '' ? null : <small>{name}</small>;
}

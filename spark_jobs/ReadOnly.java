import org.apache.spark.sql.catalyst.expressions.CallMethodViaReflection;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.ScriptTransformation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import scala.collection.Iterator;

/**
 * A check of Spark's analyzer, after every other rule: a statement may read tables and views of the catalog and say
 * what there is, and nothing else. Janino compiles it when the door opens, so it keeps to the Java of Janino.
 */
public class ReadOnly extends scala.runtime.AbstractFunction1 {
    private static final String SAYS = "Show|Describe|SetCatalogAndNamespace|SetNamespace|UseStatement|Explain";

    /** Of a session: its check, this very object; of a plan: nothing, or an error with the reason. */
    public Object apply(Object checked) {
        if (!(checked instanceof LogicalPlan)) {
            return this;
        }
        check((LogicalPlan) checked);
        return scala.runtime.BoxedUnit.UNIT;
    }

    private void check(LogicalPlan plan) {
        String kind = plan.getClass().getSimpleName();
        if (plan instanceof Command && !kind.matches("(" + SAYS + ").*")) {
            refuse("it would change something (" + kind + ")");
        }
        if (plan instanceof ScriptTransformation) {
            refuse("it would run a program");
        }
        if (plan instanceof LogicalRelation && ((LogicalRelation) plan).catalogTable().isEmpty()) {
            refuse("it names files instead of a table");
        }
        for (Iterator each = plan.expressions().iterator(); each.hasNext(); ) {
            check((Expression) each.next());
        }
        for (Iterator each = plan.innerChildren().iterator(); each.hasNext(); ) {
            check((LogicalPlan) each.next());
        }
        for (Iterator each = plan.children().iterator(); each.hasNext(); ) {
            check((LogicalPlan) each.next());
        }
    }
}
